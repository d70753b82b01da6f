//! One refresh: executes the steps that the core asks for, as the npm package does (`pkg/refresh.js`).

use super::fact::Fact;
use super::host::{Brought, Host, Refused, Want};
use super::mutation::Mutation;
use crate::flow::refresh::{Event, Failure, Outcome, Phase, Refresh, Step};
use crate::manager::record::Record;
use crate::oauth::profile::Budget;
use crate::text::secret::Secret;

/// A refresh under way.
struct Run {
    refresh: Refresh,
    fence: Option<u64>,
    loaded: Option<Record>,
    failure: Option<Outcome>,
    request: Option<u64>,
    /// What it brings was issued to an earlier call, and may not do for this one.
    is_late: bool,
    marked_at: u64,
}

/// Milliseconds between two looks at another's refresh.
const PAUSE: u64 = 250;
/// Seconds for which a mark of another process means that its request is under way.
const LEASE: i64 = 15;

impl Host {
    /// A refresh, under the store's lock where it has one.
    pub(super) async fn refresh(&self, want: &Want) -> Brought {
        let locking = {
            let world = self.sim.world();
            world.setting.locking.filter(|_| !world.has(Mutation::NoLock))
        };
        let Some(locking) = locking else { return self.advance(want, None).await };
        let fence = self.acquire(locking.lease).await?;
        let brought = self.advance(want, Some(fence)).await;
        self.release(fence).await;
        brought
    }

    async fn advance(&self, want: &Want, fence: Option<u64>) -> Brought {
        let kept = self.memory.borrow().unsaved.as_ref().map(copy);
        let mut event = Event::Woke;
        let mut run = Run {
            fence,
            loaded: None,
            is_late: kept.is_some(),
            refresh: kept.unwrap_or_default(),
            failure: None,
            request: None,
            marked_at: 0,
        };
        loop {
            let wish = self.wish(want, self.lease(run.loaded.as_ref()));
            let step = run.refresh.advance(event, self.budget(), &wish, self.now());
            event = match step {
                Step::Load => self.step_load(&mut run).await?,
                Step::Save(record, expected) => match self.step_save(&mut run, *record, expected).await? {
                    Some(event) => event,
                    None => return Ok(run.refresh.record.clone()),
                },
                Step::Send(record) => self.step_send(&mut run, want, &record).await?,
                Step::Sleep(_) => {
                    let sleep = {
                        let mut world = self.sim.world();
                        world.counts.count("waits for another");
                        world.sleep(PAUSE)
                    };
                    sleep.await;
                    Event::Woke
                }
                Step::Use(record) => {
                    self.memory.borrow_mut().unsaved = None;
                    if !run.is_late {
                        self.hand_out(&record, want);
                    }
                    return Ok(*record);
                }
                Step::Fail(failure) => {
                    // What lost too many saves is still to be saved.
                    if failure != Failure::Contended {
                        self.memory.borrow_mut().unsaved = None;
                    }
                    return Err(self.failed(&run, failure));
                }
            };
        }
    }

    async fn step_load(&self, run: &mut Run) -> Result<Event, Refused> {
        run.loaded = self.load().await.map_err(|error| run.with_issued(error))?;
        Ok(Event::Loaded(run.loaded.clone()))
    }

    async fn step_save(
        &self,
        run: &mut Run,
        record: Record,
        expected: i64,
    ) -> Result<Option<Event>, Refused> {
        let phase = run.refresh.phase;
        if phase == Phase::Marking {
            run.marked_at = self.sim.world().now;
            if self.has(Mutation::NoMark) {
                return Ok(Some(Event::Saved(true)));
            }
        }
        if phase == Phase::Saving && self.has(Mutation::UseBeforeSave) {
            self.hand_out(&record, &Want::default());
            let (host, fence) = (self.clone(), run.fence);
            self.sim.world().begin(self.life, async move {
                let _ = host.save(record, Some(expected), fence).await;
            });
            return Ok(None);
        }
        // Until the store has it, this process keeps what was issued.
        let kept = run.has_issued() && !self.has(Mutation::DropUnsaved);
        self.memory.borrow_mut().unsaved = kept.then(|| copy(&run.refresh));
        let saved = self.save(record.clone(), Some(expected), run.fence).await;
        if phase == Phase::Saving {
            self.sim.world().came_of_save(self.life, run.request, &run.refresh, saved);
        }
        let saved = saved.map_err(|error| run.with_issued(error))?;
        if saved {
            run.loaded = Some(record);
        }
        Ok(Some(Event::Saved(saved)))
    }

    async fn step_send(&self, run: &mut Run, want: &Want, record: &Record) -> Result<Event, Refused> {
        let sent = self.send(record, want, run.marked_at, run.fence).await;
        match sent {
            Ok((request, mut issued)) => {
                run.request = Some(request);
                run.is_late = false;
                let mut memory = self.memory.borrow_mut();
                memory.answers = memory.answers.saturating_add(1);
                if self.has(Mutation::ForgetRotation) {
                    issued.refresh_token = Secret::from(record.refresh_token.expose().to_owned());
                }
                Ok(Event::Answered(issued))
            }
            Err(outcome) => {
                run.failure = Some(outcome);
                self.memory.borrow_mut().ended = Some(record.version);
                if outcome == Outcome::Dead && self.has(Mutation::SkipReread) {
                    return Err(self.failed(run, Failure::Request));
                }
                Ok(Event::Failed(outcome))
            }
        }
    }

    fn failed(&self, run: &Run, failure: Failure) -> Refused {
        let refused = match failure {
            Failure::Absent | Failure::Reauthorize => Refused::Reauthorize,
            Failure::Throttled(seconds) => Refused::Throttled(seconds),
            Failure::Contended => Refused::Contended,
            Failure::Request => run.failure.map_or(Refused::Untyped, |outcome| match outcome {
                Outcome::Dead => Refused::Reauthorize,
                other => Refused::Request(other),
            }),
        };
        let life = self.life;
        let mut world = self.sim.world();
        match (refused, failure) {
            (Refused::Untyped, _) => world.facts.push(Fact::Untyped(life)),
            (Refused::Reauthorize, Failure::Request) => {
                let refresh_token = run.refresh.sent.expose().to_owned();
                world.facts.push(Fact::ToldDead { life, refresh_token });
            }
            (Refused::Reauthorize, Failure::Reauthorize) => {
                let loaded = run.loaded.as_ref();
                let refresh_token =
                    loaded.map(|record| record.refresh_token.expose().to_owned()).unwrap_or_default();
                world.facts.push(Fact::ToldDead { life, refresh_token });
            }
            _ => {}
        }
        refused
    }

    /// Where there is a lock, a mark says nothing; nor does the mark of a request that is known to have ended.
    fn lease(&self, loaded: Option<&Record>) -> i64 {
        let version = loaded.map(|record| record.version);
        let ended = self.memory.borrow().ended;
        let has_lock = self.sim.world().setting.locking.is_some();
        if has_lock || (ended.is_some() && version == ended) { 0 } else { LEASE }
    }

    fn budget(&self) -> Option<Budget> {
        let world = self.sim.world();
        let budget = world.server.client().ok().and_then(|client| client.profile.budget);
        match world.planted {
            Some(Mutation::ForgetRequests) => None,
            Some(Mutation::IgnoreBudget) => budget.map(|budget| Budget { requests: usize::MAX, ..budget }),
            _ => budget,
        }
    }
}

impl Run {
    /// Whether the server issued tokens that the store may not have yet.
    fn has_issued(&self) -> bool {
        !self.refresh.issued.access_token.expose().is_empty()
    }

    /// An error of the store tells whether tokens are not saved.
    fn with_issued(&self, error: Refused) -> Refused {
        if matches!(error, Refused::Store { .. }) {
            Refused::Store { issued: self.has_issued() }
        } else {
            error
        }
    }
}

fn copy(refresh: &Refresh) -> Refresh {
    Refresh {
        phase: refresh.phase,
        record: refresh.record.clone(),
        sent: Secret::from(refresh.sent.expose().to_owned()),
        issued: refresh.issued.clone(),
        lost: refresh.lost,
    }
}
