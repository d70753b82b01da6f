//! Calls of a store that may be down, not respond, or fail over.

use super::call::CallError;
use super::mutation::Mutation;
use super::process::{Instance, USER};
use super::promise::Promise;
use super::store_fault::StoreFault;
use super::world::{Event, World};

/// Milliseconds in which a call that nobody waits for may still take effect.
const LATE: u64 = 30_000;
/// The most writes that a failover loses.
const LOST_WRITES: u64 = 3;

impl World {
    /// Calls the store. An instance waits for so many milliseconds; after that its call may still take effect.
    pub(super) fn call_store<T: 'static>(
        &mut self,
        instance: Instance,
        timeout: u64,
        work: impl FnOnce(&mut Self) -> Result<T, CallError> + 'static,
    ) -> Promise<Result<T, CallError>> {
        let promise = Promise::new();
        let (shared, task) = (promise.share(), self.current);
        let fault = self.store_fault(instance);
        let (mut there, back) = self.store_delays();
        let is_silent = self.draws_silence(instance);
        if is_silent {
            there = self.rng.between(1, LATE);
        }
        if !is_silent || self.rng.chance(500) {
            let change = move |world: &mut Self| {
                let result = world.work(instance, fault, work);
                if !is_silent {
                    world.reply(back, task, shared, result);
                }
            };
            self.schedule(there, Event::Change(Some(instance), Box::new(change)));
        }
        let is_slow = is_silent || there.saturating_add(back) > timeout;
        if is_slow && instance != USER && !self.has(Mutation::NoStoreDeadline) {
            let late = promise.share();
            self.after(timeout, move |world| {
                if late.is_pending() {
                    late.resolve(Err(CallError::Store { issued: false }));
                    world.trouble.failed.insert(instance, world.now);
                    world.counts.count("store calls ended by the host");
                    world.note(|_| format!("{instance} no longer waits for the store"));
                    world.schedule(0, Event::Wake(task));
                }
            });
        }
        promise
    }

    fn work<T>(
        &mut self,
        instance: Instance,
        fault: StoreFault,
        work: impl FnOnce(&mut Self) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let is_down = self.is_store_down();
        if is_down {
            self.counts.count("store calls in an outage");
        }
        let result = if fault.before || is_down {
            self.note(|_| format!("the store throws for {instance}"));
            Err(CallError::Store { issued: false })
        } else {
            work(self)
        };
        let result = if fault.after && result.is_ok() {
            self.note(|_| format!("the store throws for {instance} after its work"));
            Err(CallError::Store { issued: false })
        } else {
            result
        };
        if matches!(result, Err(CallError::Store { .. })) {
            self.trouble.failed.insert(instance, self.now);
        }
        result
    }

    /// A store responds to the user: an application that saves the tokens of a consent again, because the store did not
    /// respond, may replace tokens that a refresh has saved meanwhile.
    fn draws_silence(&mut self, instance: Instance) -> bool {
        let may = self.settings.faults.silence && !self.faults_are_over && instance != USER;
        let is_silent = may && self.rng.chance(20);
        if is_silent {
            self.counts.count("store calls without a response");
        }
        is_silent
    }

    /// Plans when the store is down, or fails over, near bursts of calls.
    pub(super) fn plan_trouble(&mut self, bursts: &[u64]) {
        if self.settings.faults.outages {
            for _ in 0..self.rng.between(1, 3) {
                let longest = self.rng.pick(&[2_000, 20_000, 90_000]);
                let length = self.rng.between(200, longest);
                let from = self.now.saturating_add(self.near(bursts));
                self.trouble.outages.push((from, from.saturating_add(length)));
                self.counts.count("outages of the store");
            }
        }
        if self.settings.faults.failovers {
            for _ in 0..self.rng.between(1, 3) {
                let at = self.near(bursts);
                self.after(at, Self::fail_over);
            }
        }
    }

    fn near(&mut self, bursts: &[u64]) -> u64 {
        self.rng.pick(bursts).saturating_add(self.rng.between(0, 8_000))
    }

    pub(super) fn is_store_down(&self) -> bool {
        let is_within = |(from, until): &(u64, u64)| *from <= self.now && self.now < *until;
        !self.faults_are_over && self.trouble.outages.iter().any(is_within)
    }

    /// The store fails over: its lock is lost, and some writes are.
    fn fail_over(&mut self) {
        if self.faults_are_over {
            return;
        }
        self.counts.count("failovers of the store");
        self.lock.lose();
        let mut lost = 0_u64;
        let most = self.rng.between(0, LOST_WRITES);
        while lost < most
            && self.record.is_some()
            && let Some(earlier) = self.trouble.history.pop()
        {
            self.record = Some(earlier);
            lost = lost.saturating_add(1);
        }
        if lost > 0 {
            self.tokens_since = self.now;
            self.counts.count("failovers that lose writes");
            self.trouble.rolled_back.push(self.now);
            // Requests may have been counted in what is lost.
            let stored = self.record.as_ref().map(|record| record.refresh_token().to_owned());
            self.server.ledger.counted_late.extend(stored);
        }
        self.note(|world| {
            let left = world.record.as_ref().map_or_else(String::new, |record| world.shown(record));
            format!("the store fails over and loses {lost} writes: {left}")
        });
    }

    /// Counts that a property does not hold, and that no client could do better.
    pub(super) fn excuse(&self, what: &'static str) {
        self.trouble.excuses.borrow_mut().push(what);
    }
}
