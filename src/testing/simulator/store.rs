//! The store: one record, changed by compare-and-set. It is slow and it fails.

use super::call::CallError;
use super::fact::Fact;
use super::host::Host;
use super::mutation::Mutation;
use super::process::{Instance, USER, unix_time};
use super::record::StoredRecord;
use super::world::{START, World};
use crate::text::time::UnixTime;

/// The store throws, before or after it did its work.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreFault {
    pub(super) before: bool,
    pub(super) after: bool,
}

impl World {
    /// For the user the store never throws after its work: an application that saves the tokens of a consent again,
    /// because the store threw, may replace tokens that a refresh has saved meanwhile, and no store can tell the two
    /// apart.
    pub(super) fn store_fault(&mut self, instance: Instance) -> StoreFault {
        let may = self.settings.faults.store && !self.faults_are_over;
        let before = may && self.rng.chance(25);
        let fault = StoreFault { before, after: may && instance != USER && self.rng.chance(25) };
        if fault.before || fault.after {
            self.counts.count("store throws");
        }
        fault
    }

    /// Milliseconds there and back.
    pub(super) fn store_delays(&mut self) -> (u64, u64) {
        let may = self.settings.faults.store && !self.faults_are_over;
        let mut delay = || match may && self.rng.chance(30) {
            true => self.rng.between(1_000, 8_000),
            false => self.rng.between(1, 20),
        };
        (delay(), delay())
    }

    /// Whether the store refuses a write because its author no longer holds the lock.
    fn is_fenced_off(&self, fence: Option<u64>) -> bool {
        self.settings.locking.is_some_and(|locking| locking.fenced) && self.lock.is_outdated(fence)
    }

    /// Saves a record if the stored one has this version.
    pub(super) fn save(&mut self, by: Instance, record: StoredRecord, expected: Option<i64>) -> bool {
        let current = self.record.as_ref().map(|record| record.version);
        if current != expected && !self.has(Mutation::IgnoreCas) {
            self.counts.count("saves that conflict");
            return false;
        }
        self.server.ledger.saved(record.access_token(), self.now);
        if record.rejected_at.is_some() {
            self.counts.count("grants saved as rejected");
            self.server.ledger.rejected.insert(record.refresh_token().to_owned());
        }
        if by == USER {
            self.connected = Some(record.refresh_token().to_owned());
        }
        self.saved_at = self.now;
        let before = self.record.take().map(Box::new);
        self.record = Some(record.clone());
        self.facts.push(Fact::Saved { by, before, after: Box::new(record) });
        true
    }

    /// A record in a trace.
    fn shown(&self, record: &StoredRecord) -> String {
        let ledger = &self.server.ledger;
        let start = unix_time(START.saturating_mul(1000)).seconds();
        let since_start = |time: UnixTime| time.seconds().saturating_sub(start);
        let marks = [
            ("mark", record.refreshing_since),
            ("hold", record.hold_until),
            ("rejected", record.rejected_at),
            ("expires", record.tokens.expires_at),
        ];
        let marks: String = marks
            .iter()
            .filter_map(|(name, time)| time.map(|time| format!(" {name}={}", since_start(time))))
            .collect();
        let ids = [("format", record.format.map(u64::from)), ("grant", record.grant_id)];
        let ids = ids.iter().filter_map(|(name, id)| id.map(|id| format!(" {name}={id}")));
        let marks: String = ids.chain([marks]).collect();
        let (access, refresh) = (ledger.name(record.access_token()), ledger.name(record.refresh_token()));
        format!("v{} {access} {refresh}{marks}", record.version.saturating_sub(start.saturating_mul(1000)))
    }
}

impl Host {
    /// The record; an error if a later release has written it in a format that this one does not know.
    pub(super) async fn load(&self) -> Result<Option<StoredRecord>, CallError> {
        let instance = self.instance;
        let loaded = {
            let mut world = self.sim.world();
            let fault = world.store_fault(instance);
            let delays = world.store_delays();
            world.ask(instance, delays, move |world| {
                if fault.before || fault.after {
                    world.note(|_| format!("{instance} fails to load"));
                    return Err(CallError::Store { issued: false });
                }
                world.note(|world| {
                    let found = world.record.as_ref().map(|record| world.shown(record));
                    format!("{instance} loads {}", found.unwrap_or_else(|| "nothing".to_owned()))
                });
                if world.record.as_ref().is_some_and(|record| !world.reads(instance, record)) {
                    return Err(CallError::Newer);
                }
                Ok(world.record.clone())
            })
        };
        loaded.await
    }

    /// Saves a record by compare-and-set; false if the store has another version.
    pub(super) async fn save(
        &self,
        record: StoredRecord,
        expected: Option<i64>,
        fence: Option<u64>,
    ) -> Result<bool, CallError> {
        let instance = self.instance;
        let saved = {
            let mut world = self.sim.world();
            let fault = world.store_fault(instance);
            let delays = world.store_delays();
            world.ask(instance, delays, move |world| {
                if fault.before || world.is_fenced_off(fence) {
                    world.counts.count(if fault.before { "saves failed" } else { "saves fenced off" });
                    world.note(|world| format!("{instance} fails to save {}", world.shown(&record)));
                    return Err(CallError::Store { issued: false });
                }
                let shown = if world.trace.is_some() { world.shown(&record) } else { String::new() };
                let saved = world.save(instance, record, expected);
                let how = match (saved, fault.after) {
                    (true, false) => "saves",
                    (true, true) => "saves, but the store throws,",
                    (false, _) => "conflicts, and does not save",
                };
                world.note(|_| format!("{instance} {how} {shown}"));
                if fault.after { Err(CallError::Store { issued: false }) } else { Ok(saved) }
            })
        };
        saved.await
    }

    /// Deletes the record. The store was read again at `reread_at`.
    pub(super) async fn delete(&self, fence: Option<u64>, reread_at: u64) -> Result<(), CallError> {
        let by = self.instance;
        let deleted = {
            let mut world = self.sim.world();
            let fault = world.store_fault(by);
            let delays = world.store_delays();
            world.ask(by, delays, move |world| {
                if fault.before || world.is_fenced_off(fence) {
                    return Err(CallError::Store { issued: false });
                }
                world.counts.count("deletions");
                world.note(|_| format!("{by} deletes the grant"));
                world.connected = None;
                if let Some(record) = world.record.take().map(Box::new) {
                    world.facts.push(Fact::Deleted { by, record, reread_at });
                }
                if fault.after { Err(CallError::Store { issued: false }) } else { Ok(()) }
            })
        };
        deleted.await
    }
}
