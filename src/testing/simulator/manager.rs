//! A call for an access token: the stored token, or that of a refresh which callers share (`pkg/manager.js`).

use super::call::{CallError, CallOptions, CallResult};
use super::fact::Fact;
use super::host::Host;
use super::mutation::Mutation;
use super::promise::Promise;
use super::record::StoredRecord;
use crate::manager::{plan, policy};

impl Host {
    /// A token that serves the caller.
    pub(super) async fn token(&self, options: &CallOptions) -> CallResult {
        let result = self.find_token(options).await;
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
            && let Some(record) = self.load().await?.filter(|record| self.is_fresh(record, options))
        {
            self.hand_out(&record, options, false);
            return Ok(record);
        }
        loop {
            let issued = self.memory.borrow().issued;
            let (promise, joined) = self.join(options);
            let record = match promise.await {
                Ok(record) => record,
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
        let outlives =
            policy::outlives(code, &record.record(&options.rejected), &self.wish(options), self.now());
        Ok(Some(record).filter(|_| outlives))
    }

    /// The running refresh, or a new one; and whether other callers started it, or it is resumed.
    fn join(&self, options: &CallOptions) -> (Promise<CallResult>, bool) {
        let promise = Promise::new();
        let waiter = (self.sim.world().current, promise.share());
        let mut memory = self.memory.borrow_mut();
        if let Some(waiters) = &mut memory.running {
            waiters.push(waiter);
            return (promise, true);
        }
        let is_resumed = memory.unsaved.is_some();
        memory.running = Some(vec![waiter]);
        let (host, options) = (self.clone(), options.clone());
        self.sim.world().spawn(self.instance, async move {
            let failed = host.memory.borrow().failed;
            let result = match failed {
                Some(failed) => Err(failed),
                None => host.refresh(&options).await,
            };
            if host.has(Mutation::RememberFailure) {
                host.memory.borrow_mut().failed = result.as_ref().err().copied();
            }
            let waiters = host.memory.borrow_mut().running.take();
            let mut world = host.sim.world();
            for (task, promise) in waiters.unwrap_or_default() {
                world.reply(0, task, promise, result.clone());
            }
        });
        (promise, is_resumed)
    }
}
