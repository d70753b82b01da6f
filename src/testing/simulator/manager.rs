//! A call for an access token: the stored token, or that of a refresh which callers share (`pkg/manager.js`).

use std::cell::RefCell;
use std::rc::Rc;

use super::call::{CallError, CallOptions, CallResult};
use super::fact::Fact;
use super::host::Host;
use super::memory::{Joined, Running};
use super::mutation::Mutation;
use super::network::DEADLINE;
use super::promise::Promise;
use super::record::StoredRecord;
use super::world::Event;
use crate::manager::{plan, policy};

/// Milliseconds for which a refresh counts as under way after the deadline of its request, for a caller that joined it.
const MARGIN: u64 = 5_000;

impl Host {
    /// A token that serves the caller.
    pub(super) async fn token(&self, options: &CallOptions) -> CallResult {
        let began = self.sim.world().now;
        let result = self.find_token(options).await;
        let used_the_store =
            !matches!(result, Err(CallError::Store { .. } | CallError::Newer | CallError::Conflict));
        let ended = Fact::Ended { instance: self.instance, began, used_the_store };
        self.sim.world().facts.push(ended);
        if let Err(error) = result {
            let fact = Fact::Failed { instance: self.instance, options: options.clone(), error };
            self.sim.world().facts.push(fact);
        }
        result
    }

    async fn find_token(&self, options: &CallOptions) -> CallResult {
        // Unsaved tokens are saved first, whether or not the stored token still serves.
        let is_saved = self.memory.borrow().unsaved.is_none();
        if options.rejected.is_empty()
            && is_saved
            && let Some(record) = self.load().await?
            && !self.memory.borrow().is_older(&record)
        {
            self.memory.borrow_mut().remember(&record);
            if self.is_fresh(&record, options) {
                self.hand_out(&record, options, false);
                return Ok(record);
            }
        }
        loop {
            let issued = self.memory.borrow().issued;
            let (promise, joined) = self.join(options);
            let record = match promise.await {
                Ok(Some(record)) => record,
                // The refresh that it joined takes too long: the next one does not wait for it.
                Ok(None) => {
                    self.sim.world().counts.count("joined refreshes that take too long");
                    continue;
                }
                Err(error) => {
                    let record = self.outliving(error, options).await?.ok_or(error)?;
                    self.sim.world().counts.count("failures outlived");
                    self.hand_out(&record, options, error == CallError::Reauthorize);
                    return Ok(record);
                }
            };
            let has_issued = self.memory.borrow().issued != issued;
            if self.joins(joined, has_issued, &record, options) {
                if joined {
                    self.sim.world().counts.count("refreshes joined");
                }
                // After the server has issued tokens, `policy::joins` accepts any record, also one that another process
                // saved and whose token this caller has just reported as rejected.
                let is_rejected = has_issued && record.access_token() == options.rejected;
                if joined && !is_rejected {
                    self.hand_out(&record, options, false);
                }
                return Ok(record);
            }
            self.sim.world().counts.count("calls that start again");
            if self.has(Mutation::NeverStartAgain) {
                Promise::<()>::new().await;
            }
        }
    }

    fn is_fresh(&self, record: &StoredRecord, options: &CallOptions) -> bool {
        let record = record.record("");
        !record.access_token_rejected && plan::is_fresh(record.lifetime(), &self.wish(options), self.now())
    }

    /// Whether the caller takes the tokens of a refresh.
    fn joins(&self, joined: bool, issued: bool, record: &StoredRecord, options: &CallOptions) -> bool {
        let record = record.record(&options.rejected);
        policy::joins(joined, issued, &record, &self.wish(options), self.now()) || self.has(Mutation::JoinAny)
    }

    /// The stored tokens, if they outlive a failure.
    async fn outliving(
        &self,
        error: CallError,
        options: &CallOptions,
    ) -> Result<Option<StoredRecord>, CallError> {
        let code = match error.code() {
            "reauthorization_required" if self.has(Mutation::OutliveRejection) => "network",
            _ if self.has(Mutation::NoOutliving) => return Ok(None),
            code => code,
        };
        let Some(record) = self.load().await? else { return Ok(None) };
        self.memory.borrow_mut().remember(&record);
        let outlives =
            policy::outlives(code, &record.record(&options.rejected), &self.wish(options), self.now());
        Ok(Some(record).filter(|_| outlives))
    }

    /// The running refresh, or a new one; and whether other callers started it, or it is resumed.
    fn join(&self, options: &CallOptions) -> (Promise<Joined>, bool) {
        let promise = Promise::new();
        let waiter = (self.sim.world().current, promise.share());
        let mut memory = self.memory.borrow_mut();
        if let Some(running) = memory.running.clone() {
            running.waiters.borrow_mut().push(waiter);
            drop(memory);
            self.limit(running, promise.share());
            return (promise, true);
        }
        let is_resumed = memory.unsaved.is_some();
        let running = Running { waiters: Rc::new(RefCell::new(vec![waiter])), ..Running::default() };
        memory.running = Some(running.clone());
        drop(memory);
        self.count_neighbours();
        let (host, options) = (self.clone(), options.clone());
        self.sim.world().spawn(self.instance, async move {
            let failed = host.memory.borrow().failed;
            let result = match failed {
                Some(failed) => Err(failed),
                None => host.refresh(&options, &running).await,
            };
            if host.has(Mutation::RememberFailure) {
                host.memory.borrow_mut().failed = result.as_ref().err().copied();
            }
            running.has_ended.set(true);
            host.reply(&running, &result);
            host.over(&running);
        });
        (promise, is_resumed)
    }

    fn count_neighbours(&self) {
        let mut world = self.sim.world();
        let world = &mut *world;
        let Some(process) = world.processes.get(self.instance.process) else { return };
        let mut others = process.managers().filter(|(instance, _)| *instance != self.instance);
        if others.any(|(_, memory)| memory.borrow().running.is_some()) {
            world.counts.count("refreshes beside one of another manager of the process");
        }
    }

    /// Gives the callers of a refresh its result.
    pub(super) fn reply(&self, running: &Running, result: &CallResult) {
        let mut world = self.sim.world();
        for (task, promise) in running.waiters.take() {
            world.reply(0, task, promise, result.clone().map(Some));
        }
    }

    /// Callers that join no longer get this refresh.
    fn over(&self, running: &Running) {
        let mut memory = self.memory.borrow_mut();
        let is_current = |current: &Running| Rc::ptr_eq(&current.waiters, &running.waiters);
        if memory.running.as_ref().is_some_and(is_current) {
            memory.running = None;
        }
    }

    /// Ends the wait of a caller that joined a refresh, with the error of its first callers if they have one. Workers
    /// cancel a request with all its promises, so that such a refresh may never end.
    fn limit(&self, running: Running, promise: Promise<Joined>) {
        let task = self.sim.world().current;
        let (host, replied) = (self.clone(), running.replied.get());
        let margin = if replied { 0 } else { MARGIN };
        self.sim.world().after(DEADLINE.saturating_add(margin), move |world| {
            if promise.is_pending() {
                let error = CallError::Store { issued: true };
                promise.resolve(if replied { Err(error) } else { Ok(None) });
                if !replied {
                    host.over(&running);
                }
                world.schedule(0, Event::Wake(task));
            }
        });
    }
}
