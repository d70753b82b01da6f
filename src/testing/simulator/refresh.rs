//! One refresh: performs the effects of the machine, as the npm package does (`pkg/refresh.js`), and decides nothing.

use std::rc::Rc;
use std::time::Duration;

use super::call::{CallError, CallOptions, CallResult, Issued, RequestError};
use super::host::Host;
use super::memory::{Running, Unsaved};
use super::mutation::Mutation;
use super::network::{DEADLINE, milliseconds};
use super::record::{StoredRecord, Tokens};
use crate::flow::effect::{Effect, Failure, Save, Slot};
use crate::flow::refresh::{Context, Event, Loaded, Outcome, Phase, State, resume};
use crate::manager::record::Record;
use crate::text::secret::Secret;
use crate::text::time::RateLimit;

/// A running refresh.
#[derive(Default)]
pub(super) struct Run {
    pub(super) state: State,
    pub(super) loaded: Option<StoredRecord>,
    pub(super) issued: Option<Tokens>,
    /// What the process keeps of this run until the store has its tokens.
    pub(super) unsaved: Option<Rc<Unsaved>>,
    /// The refresh token that was sent.
    pub(super) sent: Secret,
    pub(super) grant_id: Option<u64>,
    pub(super) fence: Option<u64>,
    pub(super) is_locked: bool,
    pub(super) failure: Option<RequestError>,
    /// Whether the run ends with that failure after it has saved the refresh token of the response.
    pub(super) is_refused: bool,
    pub(super) store_failure: Option<CallError>,
    /// The number of the request that brought the issued tokens.
    pub(super) request: Option<u64>,
    /// The number of the request that failed.
    pub(super) failed: Option<u64>,
    /// Whether its tokens were issued before the call that runs it, and may not serve that call.
    pub(super) resumed: bool,
    pub(super) marked_at: u64,
    /// Since when it tries to save the issued tokens.
    pub(super) saving_since: u64,
}

impl Run {
    /// Starts, or goes on with a refresh whose tokens could not be saved.
    fn new(unsaved: Option<Rc<Unsaved>>) -> Self {
        unsaved.map_or_else(Self::default, |unsaved| Self {
            state: unsaved.state,
            issued: Some(unsaved.issued.clone()),
            sent: unsaved.sent.clone(),
            grant_id: unsaved.grant_id,
            request: unsaved.request,
            resumed: true,
            unsaved: Some(unsaved),
            ..Self::default()
        })
    }

    /// An error of the store says whether there are tokens that are not saved.
    fn with_issued(&self, error: CallError) -> CallError {
        match error {
            CallError::Store { .. } => CallError::Store { issued: self.issued.is_some() },
            other => other,
        }
    }
}

impl Host {
    /// A refresh with all that follows it, under the store's lock where there is one.
    pub(super) async fn refresh(&self, options: &CallOptions, running: &Running) -> CallResult {
        let mut run = Run::new(self.memory.borrow().unsaved.clone());
        run.saving_since = self.sim.world().now;
        let mut result = self.perform(&mut run, options, running).await;
        if self.is_vault()
            && run.is_locked
            && let Err(error) = self.settle(&run, result.as_ref().err()).await
        {
            result = Err(error);
        }
        if let Some(fence) = run.fence {
            self.release(fence).await;
        }
        result
    }

    async fn perform(&self, run: &mut Run, options: &CallOptions, running: &Running) -> CallResult {
        let mut event = Event::Start;
        loop {
            event = match self.resume(run, options, event) {
                Effect::Lock => self.lock(run).await?,
                Effect::Unlock => {
                    if let Some(fence) = run.fence.take() {
                        self.release(fence).await;
                    }
                    run.is_locked = false;
                    self.sim.world().counts.count("locks given back");
                    Event::Unlocked
                }
                Effect::Reply => {
                    self.sim.world().counts.count("callers that get their tokens in an error");
                    running.replied.set(true);
                    self.reply(running, &Err(CallError::Store { issued: true }));
                    Event::Replied
                }
                Effect::Load => match self.load_record(run, options).await {
                    Err(error) => self.store_failed(run, error)?,
                    Ok(event) => event,
                },
                Effect::Save(save) => match self.save_record(run, &save).await {
                    Err(error) => self.store_failed(run, error)?,
                    Ok(Some(event)) => event,
                    Ok(None) => return run.loaded.take().ok_or(CallError::Untyped),
                },
                Effect::Fetch => self.fetch(run, options).await?,
                Effect::Sleep(time) => {
                    let is_lazy = run.state.phase == Phase::Saving && self.has(Mutation::LazySaving);
                    let time = if is_lazy { time.saturating_mul(1000) } else { time };
                    let sleep = {
                        let mut world = self.sim.world();
                        world.counts.count("waits for another process");
                        world.sleep(milliseconds(time))
                    };
                    sleep.await;
                    Event::Woke
                }
                Effect::Done => {
                    self.memory.borrow_mut().forget(run.unsaved.as_ref());
                    self.report_saved();
                    if run.is_refused {
                        return Err(self.fail(run, Failure::Request));
                    }
                    let Some(record) = run.loaded.take() else { return Err(self.untyped()) };
                    if !run.resumed {
                        self.hand_out(&record, options, false);
                    }
                    return Ok(record);
                }
                Effect::Fail(failure) => {
                    if failure == Failure::Store {
                        self.give_up(run);
                    }
                    // Tokens that were not saved are still to be.
                    if !matches!(failure, Failure::Conflict | Failure::Store) {
                        self.memory.borrow_mut().forget(run.unsaved.as_ref());
                    }
                    return Err(self.fail(run, failure));
                }
                Effect::Delete => return Err(self.untyped()),
            };
        }
    }

    /// The event of a store that failed. That a later release wrote the record does not pass.
    fn store_failed(&self, run: &mut Run, error: CallError) -> Result<Event, CallError> {
        if error == CallError::Newer {
            return Err(error);
        }
        run.store_failure = Some(run.with_issued(error));
        if run.state.phase == Phase::Saving && self.has(Mutation::GiveUpSaving) {
            self.give_up(run);
            return Err(run.with_issued(error));
        }
        Ok(Event::StoreFailed)
    }

    /// One step of the machine.
    fn resume(&self, run: &mut Run, options: &CallOptions, event: Event) -> Effect {
        let loaded = run.loaded.as_ref().map(|loaded| self.read(loaded, options));
        let has_lock = self.sim.world().settings.locking.is_some();
        let memory = self.memory.borrow();
        // Another run of this manager has the tokens of that request, and saves them.
        let is_mine = memory.unsaved.as_ref().map(Rc::as_ptr) == run.unsaved.as_ref().map(Rc::as_ptr);
        let ended = memory.ended(run.loaded.as_ref()).filter(|_| is_mine);
        drop(memory);
        let context = Context {
            exclusive: self.is_vault() || self.has(Mutation::IgnoreMark),
            loaded: loaded.as_ref(),
            wish: self.wish(options),
            budget: self.budget(),
            has_lock,
            timeout: self.timeout(),
            ended,
            now: self.now(),
        };
        let (state, effect) = resume(run.state, event, &context);
        run.state = state;
        effect
    }

    async fn lock(&self, run: &mut Run) -> Result<Event, CallError> {
        let locking = self.sim.world().settings.locking;
        if let Some(locking) = locking.filter(|_| !self.has(Mutation::NoLock)) {
            run.fence = Some(self.acquire(locking.lease).await?);
        }
        run.is_locked = true;
        run.saving_since = self.sim.world().now;
        Ok(Event::Locked)
    }

    async fn load_record(&self, run: &mut Run, options: &CallOptions) -> Result<Event, CallError> {
        run.loaded = self.load().await.map_err(|error| run.with_issued(error))?;
        if let Some(loaded) = &run.loaded {
            self.memory.borrow_mut().remember(loaded);
        }
        Ok(Event::Loaded(run.loaded.as_ref().map(|loaded| Loaded {
            record: self.read(loaded, options),
            is_sent: loaded.refresh_token() == run.sent.expose(),
            same_grant: run.grant_id.is_some() && loaded.grant_id == run.grant_id,
            is_issued: run.issued.as_ref().is_some_and(|issued| loaded.has(issued)),
            remembered: self.lost(loaded).map(Box::new),
            rotated:
                run.issued.as_ref().is_some_and(|issued| issued.refresh_token.expose() != run.sent.expose()),
        })))
    }

    /// The record that the store has lost.
    fn lost(&self, loaded: &StoredRecord) -> Option<Record> {
        let memory = self.memory.borrow();
        let is_older = memory.is_older(loaded) && !self.has(Mutation::TakeRolledBack);
        memory.latest.as_ref().filter(|_| is_older).map(|latest| latest.record(""))
    }

    /// Saves a record; `None` if a planted bug ends the refresh.
    async fn save_record(&self, run: &mut Run, save: &Save) -> Result<Option<Event>, CallError> {
        let latest = self.memory.borrow().latest.clone();
        let loaded = run.loaded.as_ref();
        let mut record = StoredRecord::compose(save, loaded, run.issued.as_ref(), latest.as_ref());
        if save.tokens == Slot::Remembered {
            self.sim.world().counts.count("tokens saved again after a failover");
        }
        {
            let mut world = self.sim.world();
            if world.has(Mutation::DrawIdOnRefresh) {
                record.grant_id = Some(world.draw_grant_id());
            }
            world.release(self.instance).mark(&mut record);
        }
        if save.tokens == Slot::Loaded {
            run.issued = None;
            run.request = None;
        }
        self.keep_unsaved(run);
        if run.state.phase == Phase::Marking {
            run.marked_at = self.sim.world().now;
            if self.has(Mutation::NoMark) {
                return Ok(Some(Event::Saved(true)));
            }
        }
        if run.state.phase == Phase::Saving && self.has(Mutation::UseBeforeSave) {
            self.hand_out(&record, &CallOptions::default(), false);
            let base = run.loaded.replace(record.clone());
            let (host, fence) = (self.clone(), run.fence);
            self.sim.world().spawn(self.instance, async move {
                let _ = host.save(&mut record, base.as_ref(), fence).await;
            });
            return Ok(None);
        }
        let saved = self.save(&mut record, run.loaded.as_ref(), run.fence).await;
        if run.state.phase == Phase::Saving {
            self.report_save(run, saved);
        }
        let saved = saved.map_err(|error| run.with_issued(error))?;
        if saved {
            self.memory.borrow_mut().remember(&record);
            run.loaded = Some(record);
        }
        Ok(Some(Event::Saved(saved)))
    }

    /// The process keeps issued tokens until the store has them. Those of another run stay, which callers started because
    /// this one took too long.
    fn keep_unsaved(&self, run: &mut Run) {
        let issued = run.issued.clone().filter(|_| !self.has(Mutation::DropUnsaved));
        let mut memory = self.memory.borrow_mut();
        let Some(issued) = issued else { return memory.forget(run.unsaved.take().as_ref()) };
        let (state, sent) = (run.state, run.sent.clone());
        let (grant_id, request) = (run.grant_id, run.request);
        run.unsaved = Some(Rc::new(Unsaved { state, issued, sent, grant_id, request }));
        memory.unsaved.clone_from(&run.unsaved);
    }

    async fn fetch(&self, run: &mut Run, options: &CallOptions) -> Result<Event, CallError> {
        let Some(loaded) = run.loaded.as_ref() else { return Err(self.untyped()) };
        run.sent = loaded.tokens.refresh_token.clone();
        run.grant_id = loaded.grant_id;
        let result = self.send(loaded, options, run.marked_at, run.fence).await;
        self.memory.borrow_mut().end(loaded);
        match result {
            Ok(Issued { request, mut tokens, refusal }) => {
                if self.has(Mutation::ForgetRotation) {
                    tokens.refresh_token = run.sent.clone();
                }
                let expires_at = tokens.expires_at;
                run.request = Some(request);
                run.saving_since = self.sim.world().now;
                run.issued = Some(tokens.clone());
                run.resumed = false;
                run.failure = refusal;
                run.is_refused = refusal.is_some();
                run.failed = refusal.map(|_| request);
                let mut memory = self.memory.borrow_mut();
                memory.issued_last = Some(tokens);
                if !run.is_refused {
                    memory.issued = memory.issued.saturating_add(1);
                }
                Ok(Event::Issued(expires_at))
            }
            Err((request, error)) => {
                run.failed = request;
                run.failure = Some(error);
                run.is_refused = false;
                if error.outcome == Outcome::Rejected && self.has(Mutation::SkipReread) {
                    return Err(self.fail(run, Failure::Request));
                }
                Ok(Event::Failed(error.outcome))
            }
        }
    }

    /// What the machine learns of a record.
    fn read(&self, stored: &StoredRecord, options: &CallOptions) -> Record {
        let rejected = if self.has(Mutation::IgnoreRejection) { "" } else { &options.rejected };
        let record = stored.record(rejected);
        let hold_until = record.hold_until.filter(|_| !self.has(Mutation::IgnoreHold));
        Record { hold_until, ..record }
    }

    fn budget(&self) -> Option<RateLimit> {
        let world = self.sim.world();
        let budget = world.server.client().profile.budget;
        match world.planted {
            Some(Mutation::ForgetRequests) => None,
            Some(Mutation::IgnoreBudget) => budget.map(|budget| RateLimit { requests: usize::MAX, ..budget }),
            _ => budget,
        }
    }

    /// The timeout of a request.
    fn timeout(&self) -> Duration {
        let times = if self.has(Mutation::LongLease) { 200 } else { 1 };
        Duration::from_millis(DEADLINE.saturating_mul(times))
    }
}
