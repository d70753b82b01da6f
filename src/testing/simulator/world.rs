//! The world: its time, what is to happen in it, and everything that is outside of the processes.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;

use super::dice::Dice;
use super::fact::{Counts, Fact};
use super::lock::Lock;
use super::mutation::Mutation;
use super::process::{Life, OUTSIDE, Process};
use super::promise::Promise;
use super::server::Server;
use super::setting::Setting;
use crate::manager::record::Record;
use crate::testing::DEFAULT_NOW;
use crate::text::time::UnixTime;

pub(super) type TaskId = u64;
pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;
type Effect = Box<dyn FnOnce(&mut World)>;

/// Something that is to happen.
pub(super) enum Event {
    /// A task may go on.
    Wake(TaskId),
    /// Something changes outside of the processes; if a process asked for it, its death may prevent it.
    Effect(Option<Life>, Effect),
}

/// When every world begins, in seconds.
pub(super) const BEGIN: u64 = DEFAULT_NOW;

/// Everything but the tasks.
pub(super) struct World {
    /// In milliseconds.
    pub(super) now: u64,
    pub(super) dice: Dice,
    pub(super) setting: Setting,
    pub(super) planted: Option<Mutation>,
    /// No more faults.
    pub(super) is_calm: bool,
    /// By time, then by lot.
    queue: BTreeMap<(u64, u64, u64), Event>,
    events: u64,
    /// The task that runs.
    pub(super) current: TaskId,
    pub(super) begun: Vec<(Life, Task)>,
    pub(super) processes: Vec<Process>,
    pub(super) record: Option<Record>,
    /// The refresh token that the user saved last.
    pub(super) connected: Option<String>,
    pub(super) lock: Lock,
    pub(super) server: Server,
    /// Calls that have no outcome yet.
    /// The user saves the tokens of one consent after the other.
    pub(super) is_connecting: bool,
    pub(super) calls: BTreeSet<(Life, u64)>,
    /// Lives whose save of new tokens failed: the refresh token they sent, and the one they have instead.
    pub(super) unsaved: BTreeMap<Life, (String, String)>,
    pub(super) facts: Vec<Fact>,
    pub(super) counts: Counts,
    /// Lines, where somebody reads them.
    pub(super) trace: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(setting: Setting, dice: Dice, server: Server) -> Self {
        Self {
            now: BEGIN.saturating_mul(1000),
            dice,
            setting,
            planted: None,
            is_calm: false,
            queue: BTreeMap::new(),
            events: 0,
            current: 0,
            begun: Vec::new(),
            processes: Vec::new(),
            record: None,
            connected: None,
            lock: Lock::default(),
            server,
            is_connecting: false,
            calls: BTreeSet::new(),
            unsaved: BTreeMap::new(),
            facts: Vec::new(),
            counts: Counts::default(),
            trace: None,
        }
    }

    /// Seconds, as a server counts them.
    pub(super) fn seconds(&self) -> u64 {
        self.now / 1000
    }

    /// What the clock of a process shows.
    pub(super) fn clock(&self, life: Life) -> UnixTime {
        let now = i64::try_from(self.seconds()).unwrap_or(i64::MAX);
        self.processes.get(life.process).map_or(now, |process| process.clock(self.now))
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.planted == Some(mutation)
    }

    pub(super) fn note(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let (seconds, rest) = (self.seconds().saturating_sub(BEGIN), self.now % 1000);
            let line = format!("{seconds:>8}.{rest:03}  {}", line(self));
            self.trace.get_or_insert_default().push(line);
        }
    }

    /// So many milliseconds from now.
    pub(super) fn schedule(&mut self, delay: u64, event: Event) {
        let at = self.now.saturating_add(delay);
        self.events = self.events.saturating_add(1);
        self.queue.insert((at, self.dice.next(), self.events), event);
    }

    /// So many milliseconds from now, whatever dies meanwhile.
    pub(super) fn after(&mut self, delay: u64, effect: impl FnOnce(&mut Self) + 'static) {
        self.schedule(delay, Event::Effect(None, Box::new(effect)));
    }

    /// Nothing more is to happen. What is planned holds the world, so it would never be freed.
    pub(super) fn end(&mut self) {
        self.queue.clear();
        self.begun.clear();
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        let ((at, ..), event) = self.queue.pop_first()?;
        self.now = at;
        Some(event)
    }

    /// An effect that the current task asks for, and after it an answer.
    pub(super) fn ask<T: 'static>(
        &mut self,
        life: Life,
        delays: (u64, u64),
        effect: impl FnOnce(&mut Self) -> T + 'static,
    ) -> Promise<T> {
        let promise = Promise::new();
        let (kept, task) = (promise.share(), self.current);
        let effect = Box::new(move |world: &mut Self| {
            let value = effect(world);
            world.tell(delays.1, task, kept, value);
        });
        self.schedule(delays.0, Event::Effect(Some(life), effect));
        promise
    }

    /// Keeps a promise to a task.
    pub(super) fn tell<T: 'static>(&mut self, delay: u64, task: TaskId, promise: Promise<T>, value: T) {
        self.after(delay, move |world| {
            promise.keep(value);
            world.schedule(0, Event::Wake(task));
        });
    }

    pub(super) fn sleep(&mut self, milliseconds: u64) -> Promise<()> {
        let promise = Promise::new();
        self.tell(milliseconds, self.current, promise.share(), ());
        promise
    }

    pub(super) fn begin(&mut self, life: Life, task: impl Future<Output = ()> + 'static) {
        self.begun.push((life, Box::pin(task)));
    }

    pub(super) fn is_alive(&self, life: Life) -> bool {
        let process = self.processes.get(life.process);
        life == OUTSIDE || process.is_some_and(|process| process.runs && process.life == life)
    }

    /// Until when a process stands still; 0 where it does not.
    pub(super) fn paused_until(&self, life: Life) -> u64 {
        let until = self.processes.get(life.process).map_or(0, |process| process.paused_until);
        if until > self.now { until } else { 0 }
    }

    /// A process dies: of what it asked for some happens and some does not, and after a while it comes back.
    pub(super) fn crash(&mut self, life: Life) {
        let Some(process) = self.processes.get_mut(life.process).filter(|process| process.life == life)
        else {
            return;
        };
        process.runs = false;
        self.counts.count("crashes");
        self.note(|_| format!("{life} dies"));
        self.server.ledger.died(life);
        self.lock.died(life);
        self.calls.retain(|(owner, _)| *owner != life);
        let dice = &mut self.dice;
        self.queue.retain(
            |_, event| !matches!(event, Event::Effect(Some(owner), _) if *owner == life && dice.chance(500)),
        );
        let away = self.dice.between(0, 20_000);
        self.after(away, move |world| world.restart(life.process));
    }

    pub(super) fn restart(&mut self, process: usize) {
        let jitter = self.dice.share();
        if let Some(process) = self.processes.get_mut(process).filter(|process| !process.runs) {
            process.restart(jitter);
            let life = process.life;
            self.note(|_| format!("{life} begins"));
        }
    }
}
