//! The store: one record, changed by compare-and-set. It is slow and it fails.

use super::call::CallError;
use super::fact::Fact;
use super::host::Host;
use super::mutation::Mutation;
use super::process::{Instance, USER, unix_time};
use super::record::StoredRecord;
use super::trouble::STORE_TIMEOUT;
use super::world::{START, World};
use crate::text::time::UnixTime;

impl World {
    /// Whether the store refuses a write because its author no longer holds the lock.
    fn is_fenced_off(&self, fence: Option<u64>) -> bool {
        self.settings.vault && self.lock.is_outdated(fence)
    }

    /// Saves a record if the stored one has this version.
    pub(super) fn save(
        &mut self,
        by: Instance,
        record: StoredRecord,
        (expected, write): (Option<i64>, Option<u64>),
        asked_at: u64,
    ) -> bool {
        let current = self.record.as_ref().map(|record| record.version);
        if current != expected && !self.has(Mutation::IgnoreCas) {
            self.counts.count("saves that conflict");
            return false;
        }
        self.server.ledger.saved(record.access_token(), record.refresh_token(), self.now);
        if record.rejected_at.is_some() {
            self.counts.count("grants saved as rejected");
            self.server.ledger.rejected.insert(record.refresh_token().to_owned());
        }
        if by == USER {
            self.connected = Some(record.refresh_token().to_owned());
            self.connected_at = self.now;
        }
        self.saved_at = self.now;
        let stored = self.record.as_ref();
        if stored.is_none_or(|stored| stored.access_token() != record.access_token()) {
            self.tokens_since = self.now;
        }
        if by == USER && stored.is_none_or(|stored| stored.refresh_token() != record.refresh_token()) {
            // The record that counted earlier requests with that refresh token is gone.
            self.server.ledger.forget_requests(record.refresh_token());
        }
        if by == USER && record.refreshing_since.is_some() {
            self.counts.count("saves of the application that keep the mark of a refresh");
        }
        self.trouble.replaced(self.record.as_ref(), Some(&record));
        let before = self.record.take().map(Box::new);
        self.record = Some(record.clone());
        let is_mistaken = before.as_ref().map(|before| before.write) != write;
        if is_mistaken && current == expected {
            // After a failover, another record has got the version of one that is lost.
            self.counts.count("excuse: a save replaces another record with the version of a lost one");
            self.trouble.mistaken_at = Some(self.now);
            if before.as_ref().is_none_or(|before| before.grant_id != record.grant_id) && by != USER {
                self.connected = None;
            }
            return true;
        }
        let age = |record: &StoredRecord| self.server.ledger.age_of(record.refresh_token());
        let is_older = before.as_ref().is_some_and(|before| age(&record) < age(before));
        if by == USER && is_older && self.settings.saves_errors {
            // `TokenManager.save` cannot know that the tokens of an error are older than those in the store.
            self.counts.count("excuse: an application saves the tokens of an error over later ones");
            self.trouble.mistaken_at = Some(self.now);
            self.connected = None;
            return true;
        }
        self.facts.push(Fact::Saved { by, before, after: Box::new(record), asked_at });
        true
    }

    /// A record in a trace.
    pub(super) fn shown(&self, record: &StoredRecord) -> String {
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
        let loaded = self.sim.world().call_store(instance, STORE_TIMEOUT, move |world| {
            world.note(|world| {
                let found = world.record.as_ref().map(|record| world.shown(record));
                format!("{instance} loads {}", found.unwrap_or_else(|| "nothing".to_owned()))
            });
            if world.record.as_ref().is_some_and(|record| !world.reads(instance, record)) {
                return Err(CallError::Newer);
            }
            Ok(world.record.clone())
        });
        let loaded = loaded.await?;
        if let Some(record) = &loaded {
            let mut world = self.sim.world();
            let now = world.now;
            world.trouble.see(instance, record, now);
        }
        Ok(loaded)
    }

    /// Saves a record in place of another by compare-and-set; false if the store has another version.
    pub(super) async fn save(
        &self,
        record: &mut StoredRecord,
        base: Option<&StoredRecord>,
        fence: Option<u64>,
    ) -> Result<bool, CallError> {
        let instance = self.instance;
        record.write = self.sim.world().draw_write();
        let seen = record.clone();
        let (record, asked_at) = (record.clone(), self.sim.world().now);
        let (expected, write) = (base.map(|base| base.version), base.map(|base| base.write));
        let saved = self.sim.world().call_store(instance, STORE_TIMEOUT, move |world| {
            if world.is_fenced_off(fence) {
                world.counts.count("saves fenced off");
                world.note(|world| format!("{instance} fails to save {}", world.shown(&record)));
                return Err(CallError::Store { issued: false });
            }
            let shown = if world.trace.is_some() { world.shown(&record) } else { String::new() };
            let saved = world.save(instance, record, (expected, write), asked_at);
            let how = if saved { "saves" } else { "conflicts, and does not save" };
            world.note(|_| format!("{instance} {how} {shown}"));
            Ok(saved)
        });
        let saved = saved.await;
        let mut world = self.sim.world();
        match saved {
            Ok(true) => {
                let now = world.now;
                world.trouble.see(instance, &seen, now);
            }
            Ok(false) => {}
            Err(_) => world.counts.count("saves failed"),
        }
        saved
    }

    /// Deletes the record. The store was read again at `reread_at`.
    pub(super) async fn delete(&self, fence: Option<u64>, reread_at: u64) -> Result<(), CallError> {
        let by = self.instance;
        let deleted = self.sim.world().call_store(by, STORE_TIMEOUT, move |world| {
            if world.is_fenced_off(fence) {
                return Err(CallError::Store { issued: false });
            }
            world.counts.count("deletions");
            world.note(|_| format!("{by} deletes the grant"));
            world.connected = None;
            world.trouble.replaced(world.record.as_ref(), None);
            if world.record.is_some() && world.saved_at >= reread_at {
                world.trouble.deleted_at = Some(world.now);
            }
            if let Some(record) = world.record.take().map(Box::new) {
                world.facts.push(Fact::Deleted { by, record, reread_at });
            }
            Ok(())
        });
        deleted.await
    }
}
