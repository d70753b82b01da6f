//! The store: one record, changed by compare-and-set, slowly and not always.

use super::fact::Fact;
use super::host::{Host, Refused};
use super::mutation::Mutation;
use super::process::{Life, OUTSIDE};
use super::world::{BEGIN, World};
use crate::flow::refresh::Refresh;
use crate::manager::record::Record;
use crate::text::secret::Secret;

/// The store throws, before or after it did its work.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreFault {
    pub(super) before: bool,
    pub(super) after: bool,
}

impl World {
    /// For the user it never throws after its work: an application that saves tokens again, because it was told that they
    /// are not saved, may put back what a refresh has spent meanwhile, and no store can tell the two apart.
    pub(super) fn store_fault(&mut self, life: Life) -> StoreFault {
        let may = self.setting.faults.store && !self.is_calm;
        let before = may && self.dice.chance(25);
        let fault = StoreFault { before, after: may && life != OUTSIDE && self.dice.chance(25) };
        if fault.before || fault.after {
            self.counts.count("store throws");
        }
        fault
    }

    /// Milliseconds there and back.
    pub(super) fn store_delays(&mut self) -> (u64, u64) {
        let may = self.setting.faults.store && !self.is_calm;
        let mut delay = || match may && self.dice.chance(30) {
            true => self.dice.between(1_000, 8_000),
            false => self.dice.between(1, 20),
        };
        (delay(), delay())
    }

    /// Saves a record if the stored one has this version.
    pub(super) fn save(&mut self, by: Life, record: Record, expected: Option<i64>) -> bool {
        let current = self.record.as_ref().map(|record| record.version);
        if current != expected && !self.has(Mutation::IgnoreCas) {
            self.counts.count("saves lost");
            return false;
        }
        self.server.ledger.saved(record.access_token.expose(), self.now);
        if record.rejected_at.is_some() {
            self.counts.count("grants declared dead");
            self.server.ledger.buried.insert(record.refresh_token.expose().to_owned());
        }
        if by == OUTSIDE {
            self.connected = Some(record.refresh_token.expose().to_owned());
        }
        let before = self.record.take().map(Box::new);
        self.record = Some(record.clone());
        self.facts.push(Fact::Saved { by, before, after: Box::new(record) });
        true
    }

    /// What came of a save of new tokens.
    pub(super) fn came_of_save(
        &mut self,
        life: Life,
        request: Option<u64>,
        refresh: &Refresh,
        saved: Result<bool, Refused>,
    ) {
        match saved {
            Ok(true) => {
                if self.unsaved.remove(&life).is_some() {
                    self.counts.count("new tokens saved after all");
                }
            }
            Ok(false) => {}
            Err(_) => {
                if let Some(request) = request {
                    self.server.ledger.request(request, |sent| sent.unsaved = true);
                }
                let copy = |secret: &Secret| secret.expose().to_owned();
                self.unsaved.insert(life, (copy(&refresh.sent), copy(&refresh.issued.refresh_token)));
            }
        }
    }

    /// A record in a trace.
    pub(super) fn shown(&self, record: &Record) -> String {
        let ledger = &self.server.ledger;
        let marks = [
            ("mark", record.refreshing_since),
            ("hold", record.hold_until),
            ("dead", record.rejected_at),
            ("ends", record.expires_at),
        ];
        let marks: String = marks
            .iter()
            .filter_map(|(name, time)| time.map(|time| format!(" {name}={}", since_begin(time, 1))))
            .collect();
        let (access, refresh) =
            (ledger.name(record.access_token.expose()), ledger.name(record.refresh_token.expose()));
        format!("v{} {access} {refresh}{marks}", since_begin(record.version, 1000))
    }
}

/// A time or a version, counted from the beginning of the world.
fn since_begin(count: i64, unit: i64) -> i64 {
    count.saturating_sub(i64::try_from(BEGIN).unwrap_or(0).saturating_mul(unit))
}

impl Host {
    pub(super) async fn load(&self) -> Result<Option<Record>, Refused> {
        let life = self.life;
        let found = {
            let mut world = self.sim.world();
            let fault = world.store_fault(life);
            let delays = world.store_delays();
            world.ask(life, delays, move |world| {
                if fault.before || fault.after {
                    world.note(|_| format!("{life} fails to load"));
                    return Err(Refused::Store { issued: false });
                }
                world.note(|world| {
                    let found = world.record.as_ref().map(|record| world.shown(record));
                    format!("{life} loads {}", found.unwrap_or_else(|| "nothing".to_owned()))
                });
                Ok(world.record.clone())
            })
        };
        found.await
    }

    pub(super) async fn save(
        &self,
        record: Record,
        expected: Option<i64>,
        fence: Option<u64>,
    ) -> Result<bool, Refused> {
        let life = self.life;
        let saved = {
            let mut world = self.sim.world();
            let fault = world.store_fault(life);
            let delays = world.store_delays();
            world.ask(life, delays, move |world| {
                let fenced = world.setting.locking.is_some_and(|locking| locking.fenced);
                if fault.before || (fenced && world.lock.is_outdated(fence)) {
                    world.counts.count(if fault.before { "saves failed" } else { "saves fenced off" });
                    world.note(|world| format!("{life} fails to save {}", world.shown(&record)));
                    return Err(Refused::Store { issued: false });
                }
                let shown = if world.trace.is_some() { world.shown(&record) } else { String::new() };
                let saved = world.save(life, record, expected);
                let how = match (saved, fault.after) {
                    (true, false) => "saves",
                    (true, true) => "saves, but is told otherwise,",
                    (false, _) => "loses the save of",
                };
                world.note(|_| format!("{life} {how} {shown}"));
                if fault.after { Err(Refused::Store { issued: false }) } else { Ok(saved) }
            })
        };
        saved.await
    }
}
