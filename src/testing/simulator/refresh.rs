//! One refresh: performs the effects of the machine, as the npm package does (`pkg/refresh.js`), and decides nothing.

use std::time::Duration;

use super::call::{CallError, CallOptions, CallResult, RequestError};
use super::fact::Fact;
use super::host::Host;
use super::memory::Unsaved;
use super::mutation::Mutation;
use super::network::{DEADLINE, milliseconds};
use super::record::{StoredRecord, Tokens};
use crate::flow::effect::{Effect, Failure, Save, Slot};
use crate::flow::refresh::{Context, Event, Loaded, Outcome, Phase, State, resume};
use crate::manager::plan::held_until;
use crate::text::secret::Secret;
use crate::text::time::RateLimit;

/// A running refresh.
#[derive(Default)]
pub(super) struct Run {
    state: State,
    loaded: Option<StoredRecord>,
    issued: Option<Tokens>,
    /// The refresh token that was sent.
    sent: Secret,
    pub(super) fence: Option<u64>,
    is_locked: bool,
    failure: Option<RequestError>,
    /// The number of the request that brought the issued tokens.
    request: Option<u64>,
    /// The number of the request that failed.
    pub(super) failed: Option<u64>,
    /// Whether its tokens were issued before the call that runs it, and may not serve that call.
    resumed: bool,
    marked_at: u64,
}

impl Run {
    /// Starts, or goes on with a refresh whose tokens could not be saved.
    fn new(unsaved: Option<Unsaved>) -> Self {
        unsaved.map_or_else(Self::default, |Unsaved { state, issued, sent }| Self {
            state,
            issued: Some(issued),
            sent,
            resumed: true,
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
    pub(super) async fn refresh(&self, options: &CallOptions) -> CallResult {
        let mut run = Run::new(self.memory.borrow().unsaved.clone());
        let mut result = self.perform(&mut run, options).await;
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

    async fn perform(&self, run: &mut Run, options: &CallOptions) -> CallResult {
        let mut event = Event::Start;
        loop {
            event = match self.resume(run, options, event) {
                Effect::Lock => self.lock(run).await?,
                Effect::Load => self.load_record(run, options).await?,
                Effect::Save(save) => match self.save_record(run, &save).await? {
                    Some(event) => event,
                    None => return run.loaded.take().ok_or(CallError::Untyped),
                },
                Effect::Fetch => self.fetch(run, options).await?,
                Effect::Sleep(time) => {
                    let sleep = {
                        let mut world = self.sim.world();
                        world.counts.count("waits for another process");
                        world.sleep(milliseconds(time))
                    };
                    sleep.await;
                    Event::Woke
                }
                Effect::Done => {
                    self.memory.borrow_mut().unsaved = None;
                    let Some(record) = run.loaded.take() else { return Err(self.untyped()) };
                    if !run.resumed {
                        self.hand_out(&record, options, false);
                    }
                    return Ok(record);
                }
                Effect::Fail(failure) => {
                    // Tokens whose save conflicted too often are still to be saved.
                    if failure != Failure::Conflict {
                        self.memory.borrow_mut().unsaved = None;
                    }
                    return Err(self.fail(run, failure));
                }
                Effect::Delete => return Err(self.untyped()),
            };
        }
    }

    /// One step of the machine.
    fn resume(&self, run: &mut Run, options: &CallOptions, event: Event) -> Effect {
        let loaded = run.loaded.as_ref().map(|loaded| loaded.record(self.rejected(options)));
        let has_lock = self.sim.world().settings.locking.is_some();
        let context = Context {
            loaded: loaded.as_ref(),
            wish: self.wish(options),
            budget: self.budget(),
            has_lock,
            timeout: Duration::from_millis(DEADLINE),
            ended: self.memory.borrow().ended,
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
        Ok(Event::Locked)
    }

    async fn load_record(&self, run: &mut Run, options: &CallOptions) -> Result<Event, CallError> {
        run.loaded = self.load().await.map_err(|error| run.with_issued(error))?;
        Ok(Event::Loaded(run.loaded.as_ref().map(|loaded| Loaded {
            record: loaded.record(self.rejected(options)),
            is_sent: loaded.refresh_token() == run.sent.expose(),
            rotated:
                run.issued.as_ref().is_some_and(|issued| issued.refresh_token.expose() != run.sent.expose()),
        })))
    }

    /// Saves a record; `None` if a planted bug ends the refresh.
    async fn save_record(&self, run: &mut Run, save: &Save) -> Result<Option<Event>, CallError> {
        let mut record = StoredRecord::compose(save, run.loaded.as_ref(), run.issued.as_ref());
        {
            let mut world = self.sim.world();
            if world.has(Mutation::DrawIdOnRefresh) {
                record.grant_id = Some(world.draw_grant_id());
            }
            world.release(self.instance).mark(&mut record);
        }
        if save.tokens == Slot::Loaded {
            run.issued = None;
        }
        // The process keeps issued tokens until the store has them.
        let issued = run.issued.clone().filter(|_| !self.has(Mutation::DropUnsaved));
        self.memory.borrow_mut().unsaved =
            issued.map(|issued| Unsaved { state: run.state, issued, sent: run.sent.clone() });
        if run.state.phase == Phase::Marking {
            run.marked_at = self.sim.world().now;
            if self.has(Mutation::NoMark) {
                return Ok(Some(Event::Saved(true)));
            }
        }
        if run.state.phase == Phase::Saving && self.has(Mutation::UseBeforeSave) {
            self.hand_out(&record, &CallOptions::default(), false);
            run.loaded = Some(record.clone());
            let (host, fence, expected) = (self.clone(), run.fence, save.expected);
            self.sim.world().spawn(self.instance, async move {
                let _ = host.save(record, Some(expected), fence).await;
            });
            return Ok(None);
        }
        let saved = self.save(record.clone(), Some(save.expected), run.fence).await;
        if run.state.phase == Phase::Saving {
            self.report_save(run, saved);
        }
        let saved = saved.map_err(|error| run.with_issued(error))?;
        if saved {
            run.loaded = Some(record);
        }
        Ok(Some(Event::Saved(saved)))
    }

    /// Enters the result of a save of issued tokens into the ledger.
    fn report_save(&self, run: &Run, saved: Result<bool, CallError>) {
        let mut world = self.sim.world();
        match saved {
            Ok(true) => {
                if world.unsaved.remove(&self.instance).is_some() {
                    world.counts.count("unsaved tokens saved later");
                }
            }
            Ok(false) => {}
            Err(_) => {
                if let Some(request) = run.request {
                    world.server.ledger.request(request, |sent| sent.unsaved = true);
                }
                let issued = run.issued.as_ref().map_or("", |issued| issued.refresh_token.expose());
                world.unsaved.insert(self.instance, (run.sent.expose().to_owned(), issued.to_owned()));
            }
        }
    }

    async fn fetch(&self, run: &mut Run, options: &CallOptions) -> Result<Event, CallError> {
        let Some(loaded) = run.loaded.as_ref() else { return Err(self.untyped()) };
        run.sent = loaded.tokens.refresh_token.clone();
        match self.send(loaded, options, run.marked_at, run.fence).await {
            Ok((request, mut issued)) => {
                if self.has(Mutation::ForgetRotation) {
                    issued.refresh_token = run.sent.clone();
                }
                let expires_at = issued.expires_at;
                run.request = Some(request);
                run.issued = Some(issued);
                run.resumed = false;
                let mut memory = self.memory.borrow_mut();
                memory.issued = memory.issued.saturating_add(1);
                Ok(Event::Issued(expires_at))
            }
            Err((request, error)) => {
                run.failed = request;
                self.memory.borrow_mut().ended = Some(loaded.version);
                run.failure = Some(error);
                if error.outcome == Outcome::Rejected && self.has(Mutation::SkipReread) {
                    return Err(self.fail(run, Failure::Request));
                }
                Ok(Event::Failed(error.outcome))
            }
        }
    }

    /// The error of a failure.
    fn fail(&self, run: &Run, failure: Failure) -> CallError {
        let error = match failure {
            Failure::Absent | Failure::Reauthorize => CallError::Reauthorize,
            Failure::Throttled(wait) => CallError::Throttled(wait),
            Failure::Conflict => CallError::Conflict,
            Failure::Request => match run.failure {
                Some(error) if error.outcome == Outcome::Rejected => CallError::Reauthorize,
                Some(error) => CallError::Request(error),
                None => self.untyped(),
            },
        };
        let (instance, now) = (self.instance, self.now());
        let loaded = run.loaded.as_ref();
        let refresh_token = match failure {
            Failure::Request => Some(&run.sent).filter(|_| error == CallError::Reauthorize),
            Failure::Reauthorize => loaded.map(|loaded| &loaded.tokens.refresh_token),
            Failure::Absent | Failure::Throttled(_) | Failure::Conflict => None,
        };
        let mut world = self.sim.world();
        if let Some(refresh_token) = refresh_token {
            let refresh_token = refresh_token.expose().to_owned();
            world.facts.push(Fact::Reauthorize { instance, refresh_token });
        }
        let is_held = loaded.is_some_and(|loaded| held_until(&loaded.record(""), now).is_some());
        if matches!(failure, Failure::Throttled(_)) && is_held {
            world.counts.count("calls held by a pause");
        }
        error
    }

    fn untyped(&self) -> CallError {
        self.sim.world().facts.push(Fact::Untyped(self.instance));
        CallError::Untyped
    }

    /// The access token that the machine learns was rejected.
    fn rejected<'a>(&self, options: &'a CallOptions) -> &'a str {
        if self.has(Mutation::IgnoreRejection) { "" } else { &options.rejected }
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
}
