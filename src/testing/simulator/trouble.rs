//! What goes wrong with the store besides a call that throws: it is down for a while, it does not respond, or it fails
//! over to a copy that lacks the latest writes and has no lock.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::process::{Instance, USER};
use super::record::StoredRecord;

/// Milliseconds after which a host ends a call of the store: the default of `storeTimeoutMs`.
pub(super) const STORE_TIMEOUT: u64 = 10_000;

/// What went wrong, and what processes know of it.
#[derive(Default)]
pub(super) struct Trouble {
    /// From when to when the store is down, in milliseconds.
    pub(super) outages: Vec<(u64, u64)>,
    /// The earlier records of the grant that the store has, the oldest first.
    pub(super) history: Vec<StoredRecord>,
    /// When the store lost writes.
    pub(super) rolled_back: Vec<u64>,
    /// When a save replaced another record than its author expected, which had the same version.
    pub(super) mistaken_at: Option<u64>,
    /// When a deletion took a record that was saved after its author had read the store.
    pub(super) deleted_at: Option<u64>,
    /// The newest record of a grant that an instance has found in the store or saved there, and since when.
    seen: BTreeMap<Instance, (u64, StoredRecord)>,
    /// When a call of the store failed last for an instance.
    pub(super) failed: BTreeMap<Instance, u64>,
    /// Excuses of properties since the last step.
    pub(super) excuses: RefCell<Vec<&'static str>>,
}

impl Trouble {
    /// Whether the store lost writes after a time and up to another one.
    pub(super) fn has_rolled_back(&self, after: u64, until: u64) -> bool {
        self.rolled_back.iter().any(|at| *at >= after && *at <= until)
    }

    /// Whether a call of the store has failed for an instance since a time.
    pub(super) fn has_failed(&self, instance: Instance, since: u64) -> bool {
        self.failed.get(&instance).is_some_and(|at| *at >= since)
    }

    /// The newest record that an instance had seen at a time.
    pub(super) fn seen(&self, instance: Instance, by: u64) -> Option<&StoredRecord> {
        self.seen.get(&instance).filter(|(since, _)| *since <= by).map(|(_, record)| record)
    }

    /// An instance knows that a record was in the store.
    pub(super) fn see(&mut self, instance: Instance, record: &StoredRecord, now: u64) {
        let is_known = self.seen.get(&instance).is_some_and(|(_, seen)| {
            seen.grant_id.is_some() && seen.grant_id == record.grant_id && record.version <= seen.version
        });
        if instance != USER && !is_known {
            self.seen.insert(instance, (now, record.clone()));
        }
    }

    /// An instance has revoked the grant.
    pub(super) fn forget(&mut self, instance: Instance) {
        self.seen.remove(&instance);
    }

    /// A record replaces another one in the store.
    pub(super) fn replaced(&mut self, before: Option<&StoredRecord>, after: Option<&StoredRecord>) {
        let grant_id = |record: Option<&StoredRecord>| record.and_then(|record| record.grant_id);
        match before {
            Some(before) if before.grant_id.is_some() && before.grant_id == grant_id(after) => {
                self.history.push(before.clone());
            }
            _ => self.history.clear(),
        }
    }
}
