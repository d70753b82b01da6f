//! The host of the core: what the npm package's `TokenManager` does (`pkg/manager.js`), step for step.

use std::cell::RefCell;
use std::rc::Rc;

use super::executor::Sim;
use super::fact::Fact;
use super::mutation::Mutation;
use super::process::{Life, OUTSIDE};
use super::promise::Promise;
use super::world::TaskId;
use crate::flow::refresh::{Outcome, Refresh};
use crate::manager::plan::{Wish, is_fresh};
use crate::manager::record::Record;
use crate::text::time::UnixTime;

/// What a process keeps between calls.
pub(super) struct Memory {
    jitter: f64,
    /// Who waits for the refresh under way.
    running: Option<Vec<(TaskId, Promise<Brought>)>>,
    /// A refresh of which the new tokens could not be saved.
    pub(super) unsaved: Option<Refresh>,
    /// The version that marked a request of this process which ended without an answer.
    pub(super) ended: Option<i64>,
    /// How many refreshes brought new tokens.
    pub(super) answers: u64,
    /// What a planted bug answers for ever.
    pub(super) failed: Option<Refused>,
}

impl Memory {
    pub(super) const fn new(jitter: f64) -> Self {
        Self { jitter, running: None, unsaved: None, ended: None, answers: 0, failed: None }
    }
}

/// How a caller wants its token.
#[derive(Debug, Clone, Default)]
pub(super) struct Want {
    pub(super) min_validity: i64,
    pub(super) refused: String,
}

/// Why a caller gets none. Each has its `OAuthErrorCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// `store`: it threw; with the tokens that are not saved, if any.
    Store { issued: bool },
    /// `store`: others changed the record all the time.
    Contended,
    /// `reauthorization_required`.
    Reauthorize,
    /// `throttled`, for so many seconds.
    Throttled(i64),
    /// The request's own error.
    Request(Outcome),
    /// Nothing was thrown.
    Untyped,
}

pub(super) type Brought = Result<Record, Refused>;

/// One process's `TokenManager`.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) sim: Sim,
    pub(super) life: Life,
    pub(super) memory: Rc<RefCell<Memory>>,
}

impl Host {
    /// The one of the user.
    pub(super) fn outside(sim: Sim) -> Self {
        Self { sim, life: OUTSIDE, memory: Rc::new(RefCell::new(Memory::new(0.0))) }
    }

    /// A token that is good for the caller.
    pub(super) async fn token(&self, want: &Want) -> Brought {
        // What is not saved yet comes first, whether or not the old token would do.
        let is_saved = self.memory.borrow().unsaved.is_none();
        if want.refused.is_empty()
            && is_saved
            && let Some(record) = self.stored(want, self.wish(want, 0)).await?
        {
            return Ok(record);
        }
        loop {
            let answers = self.memory.borrow().answers;
            let (promise, has_joined) = self.join(want);
            let record = match promise.await {
                Ok(record) => record,
                // A token that is due but good outlives the failure of the server or the network.
                Err(refused) => match self.outlives(refused, want).await? {
                    Some(record) => record,
                    None => return Err(refused),
                },
            };
            // One that was begun for another caller may not do for this one, unless it brought what the server issues now.
            let is_new = self.memory.borrow().answers != answers;
            let is_enough = record.access_token.expose() != want.refused
                && is_fresh(record.life(), &self.bare(want), self.now());
            if has_joined && is_enough {
                self.hand_out(&record, want);
            }
            if !has_joined || is_new || is_enough {
                return Ok(record);
            }
        }
    }

    /// What a caller wants at the least.
    fn bare<'a>(&self, want: &'a Want) -> Wish<'a> {
        Wish { leeway: 0, ..self.wish(want, 0) }
    }

    /// The stored tokens, if they are what is wished.
    async fn stored(&self, want: &Want, wish: Wish<'_>) -> Result<Option<Record>, Refused> {
        let found = self.load().await?;
        let good = found.filter(|record| {
            record.access_token.expose() != want.refused && is_fresh(record.life(), &wish, self.now())
        });
        if let Some(record) = &good {
            self.hand_out(record, want);
        }
        Ok(good)
    }

    /// The token that a caller gets in spite of a failure, unless that is the caller's own, the death of the grant, or
    /// the store's.
    async fn outlives(&self, refused: Refused, want: &Want) -> Result<Option<Record>, Refused> {
        match refused {
            Refused::Throttled(_) | Refused::Request(_) => self.stored(want, self.bare(want)).await,
            Refused::Store { .. } | Refused::Contended | Refused::Reauthorize | Refused::Untyped => Ok(None),
        }
    }

    /// The refresh under way, or a new one; and whether it begins with what others wanted.
    fn join(&self, want: &Want) -> (Promise<Brought>, bool) {
        let promise = Promise::new();
        let waiter = (self.sim.world().current, promise.share());
        let mut memory = self.memory.borrow_mut();
        if let Some(waiters) = &mut memory.running {
            waiters.push(waiter);
            return (promise, true);
        }
        let has_unsaved = memory.unsaved.is_some();
        memory.running = Some(vec![waiter]);
        let (host, want) = (self.clone(), want.clone());
        self.sim.world().begin(self.life, async move {
            let failed = host.memory.borrow().failed;
            let brought = match failed {
                Some(failed) => Err(failed),
                None => host.refresh(&want).await,
            };
            if host.has(Mutation::RememberFailure) {
                host.memory.borrow_mut().failed = brought.as_ref().err().copied();
            }
            let waiters = host.memory.borrow_mut().running.take();
            let mut world = host.sim.world();
            for (task, promise) in waiters.unwrap_or_default() {
                world.tell(0, task, promise, brought.clone());
            }
        });
        (promise, has_unsaved)
    }

    pub(super) fn wish<'a>(&self, want: &'a Want, lease: i64) -> Wish<'a> {
        let world = self.sim.world();
        let refused = if world.has(Mutation::IgnoreRefusal) { "" } else { &want.refused };
        let jitter = self.memory.borrow().jitter;
        let leeway = if world.has(Mutation::AlwaysRefresh) { i64::MAX } else { world.setting.leeway };
        Wish { leeway, jitter, min_validity: want.min_validity, refused, lease }
    }

    pub(super) fn hand_out(&self, record: &Record, want: &Want) {
        let access_token = record.access_token.expose().to_owned();
        let refused = want.refused.clone();
        let fact =
            Fact::HandedOut { life: self.life, access_token, refused, min_validity: want.min_validity };
        self.sim.world().facts.push(fact);
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.sim.world().has(mutation)
    }

    /// What the process's clock shows.
    pub(super) fn now(&self) -> UnixTime {
        self.sim.world().clock(self.life)
    }
}
