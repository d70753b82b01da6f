//! A store's lock: a lease that is renewed while its holder runs, and a fencing token that counts its holders.

use std::collections::{BTreeMap, BTreeSet};

use super::process::Instance;

/// The lock as its server has it.
#[derive(Default)]
pub(super) struct Lock {
    fence: u64,
    held: Option<Held>,
    /// The instances that hold a lock, or work as if they still did.
    working: BTreeMap<u64, Instance>,
    /// Locks that were taken over from a holder that had not crashed.
    broken: BTreeSet<u64>,
}

#[derive(Clone, Copy)]
struct Held {
    fence: u64,
    /// In milliseconds.
    until: u64,
}

/// From whom a lock was taken.
#[derive(Clone, Copy)]
pub(super) enum Taken {
    Free,
    FromRunning,
    FromCrashed,
}

impl Lock {
    /// Takes the lock if it is free or its lease has ended.
    pub(super) fn take(&mut self, now: u64, lease: u64) -> Option<(u64, Taken)> {
        let taken = match self.held {
            Some(held) if held.until > now => return None,
            Some(held) if self.working.contains_key(&held.fence) => {
                self.broken.insert(held.fence);
                Taken::FromRunning
            }
            Some(held) if self.broken.contains(&held.fence) => Taken::FromRunning,
            Some(_) => Taken::FromCrashed,
            None => Taken::Free,
        };
        self.fence = self.fence.saturating_add(1);
        self.held = Some(Held { fence: self.fence, until: now.saturating_add(lease) });
        Some((self.fence, taken))
    }

    /// The holder learns that it has the lock; if that took longer than the lease, or the store forgot it, another
    /// may have it by now.
    pub(super) fn begin(&mut self, fence: u64, instance: Instance) {
        self.working.insert(fence, instance);
        if self.held.is_none_or(|held| held.fence != fence) {
            self.broken.insert(fence);
        }
    }

    /// The holder's work is done.
    pub(super) fn end(&mut self, fence: u64) {
        self.working.remove(&fence);
    }

    /// Whether a manager of a process holds a lock.
    pub(super) fn has(&self, instance: Instance) -> bool {
        self.working.values().any(|worker| worker.shares_a_process(instance))
    }

    /// Whether the holder's work is not done.
    pub(super) fn is_working(&self, fence: u64) -> bool {
        self.working.contains_key(&fence)
    }

    /// The store forgets who holds it.
    pub(super) fn lose(&mut self) {
        self.held = None;
        self.broken.extend(self.working.keys());
    }

    /// Its holder gives it up although its work is not done.
    pub(super) fn give_up(&mut self, fence: u64) {
        self.broken.insert(fence);
        self.release(fence);
    }

    pub(super) fn renew(&mut self, fence: u64, now: u64, lease: u64) -> bool {
        let held = self.held.as_mut().filter(|held| held.fence == fence);
        held.is_some_and(|held| {
            held.until = now.saturating_add(lease);
            true
        })
    }

    pub(super) fn release(&mut self, fence: u64) {
        self.held = self.held.filter(|held| held.fence != fence);
    }

    /// Whether it was taken over while its holder had not crashed.
    pub(super) fn is_broken(&self, fence: Option<u64>) -> bool {
        fence.is_some_and(|fence| self.broken.contains(&fence))
    }

    /// Whether another holds it by now.
    pub(super) fn is_outdated(&self, fence: Option<u64>) -> bool {
        fence.is_some_and(|fence| fence != self.fence)
    }

    pub(super) fn crashed(&mut self, instance: Instance) {
        self.working.retain(|_, worker| !worker.shares_a_process(instance));
    }
}
