//! The world: its time, its queue of events, and everything that is outside of the processes.

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::fact::{Counts, Fact};
use super::lock::Lock;
use super::mutation::Mutation;
use super::process::{Instance, Process, USER, unix_time};
use super::promise::{Promise, TaskId};
use super::record::StoredRecord;
use super::release::Release;
use super::rng::Rng;
use super::server::Server;
use super::settings::Settings;
use super::trouble::Trouble;
use crate::testing::options::DEFAULT_NOW;
use crate::text::time::UnixTime;

pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;
type Change = Box<dyn FnOnce(&mut World)>;

/// Something that will happen.
pub(super) enum Event {
    /// A task goes on.
    Wake(TaskId),
    /// Something changes outside of the processes. If an instance asked for it, its crash may prevent it.
    Change(Option<Instance>, Change),
}

/// When every world starts, in seconds.
pub(super) const START: u64 = DEFAULT_NOW;

/// The world, shared by all tasks.
#[derive(Clone)]
pub(super) struct Sim(Rc<RefCell<World>>);

impl Sim {
    pub(super) fn new(world: World) -> Self {
        Self(Rc::new(RefCell::new(world)))
    }

    /// The world; must not be held across an await.
    pub(super) fn world(&self) -> RefMut<'_, World> {
        self.0.borrow_mut()
    }
}

/// Everything but the tasks.
pub(super) struct World {
    /// In milliseconds.
    pub(super) now: u64,
    pub(super) rng: Rng,
    pub(super) settings: Settings,
    pub(super) planted: Option<Mutation>,
    pub(super) faults_are_over: bool,
    /// By time, then in random order.
    queue: BTreeMap<(u64, u64, u64), Event>,
    pub(super) events: u64,
    /// The running task.
    pub(super) current: TaskId,
    /// Tasks that start after this step.
    pub(super) spawned: Vec<(Instance, Task)>,
    pub(super) processes: Vec<Process>,
    pub(super) record: Option<StoredRecord>,
    /// When the record was saved last.
    pub(super) saved_at: u64,
    /// Since when the store has the access token of the record.
    pub(super) tokens_since: u64,
    /// How many grant ids were drawn.
    pub(super) grant_ids: u64,
    /// The release of the process at which the user connects.
    pub(super) connecting_at: Release,
    /// The refresh token that the user saved last.
    pub(super) connected: Option<String>,
    /// When the user saved tokens last.
    pub(super) connected_at: u64,
    /// The time of the next alarm, in milliseconds.
    pub(super) alarm: Option<u64>,
    /// The instance that handles an alarm.
    pub(super) alarm_handler: Option<Instance>,
    /// No alarm is set any more.
    pub(super) alarms_are_over: bool,
    pub(super) lock: Lock,
    pub(super) trouble: Trouble,
    pub(super) server: Server,
    /// Whether the user is saving the tokens of a consent: one after the other.
    pub(super) is_connecting: bool,
    /// Calls that have no result yet.
    calls: BTreeSet<(Instance, u64)>,
    /// Instances whose save of new tokens failed: the refresh token they sent, and the one that was issued.
    pub(super) unsaved: BTreeMap<Instance, (String, String)>,
    pub(super) facts: Vec<Fact>,
    pub(super) counts: Counts,
    /// Lines, if a trace was asked for.
    pub(super) trace: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(settings: Settings, rng: Rng, server: Server) -> Self {
        Self {
            now: START.saturating_mul(1000),
            rng,
            settings,
            planted: None,
            faults_are_over: false,
            queue: BTreeMap::new(),
            events: 0,
            current: 0,
            spawned: Vec::new(),
            processes: Vec::new(),
            record: None,
            saved_at: 0,
            tokens_since: 0,
            grant_ids: 0,
            connecting_at: Release::default(),
            connected: None,
            connected_at: 0,
            alarm: None,
            alarm_handler: None,
            alarms_are_over: false,
            lock: Lock::default(),
            trouble: Trouble::default(),
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
    pub(super) const fn seconds(&self) -> u64 {
        self.now / 1000
    }

    /// What the clock of an instance shows.
    pub(super) fn clock(&self, instance: Instance) -> UnixTime {
        let process = self.processes.get(instance.process);
        process.map_or_else(|| unix_time(self.now), |process| process.clock(self.now))
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.planted == Some(mutation)
    }

    /// Adds a line to the trace.
    pub(super) fn note(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let (seconds, rest) = (self.seconds().saturating_sub(START), self.now % 1000);
            let line = format!("{seconds:>8}.{rest:03}  {}", line(self));
            self.trace.get_or_insert_default().push(line);
        }
    }

    /// After so many milliseconds.
    pub(super) fn schedule(&mut self, delay: u64, event: Event) {
        let at = self.now.saturating_add(delay);
        self.events = self.events.saturating_add(1);
        self.queue.insert((at, self.rng.next(), self.events), event);
    }

    /// After so many milliseconds, whichever process crashes meanwhile.
    pub(super) fn after(&mut self, delay: u64, change: impl FnOnce(&mut Self) + 'static) {
        self.schedule(delay, Event::Change(None, Box::new(change)));
    }

    /// Drops what is scheduled, which holds the world and would keep it from being freed.
    pub(super) fn end(&mut self) {
        self.queue.clear();
        self.spawned.clear();
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        let ((at, ..), event) = self.queue.pop_first()?;
        self.now = at;
        self.server.now = self.seconds();
        Some(event)
    }

    /// Resolves a promise and wakes the task that waits for it.
    pub(super) fn reply<T: 'static>(&mut self, delay: u64, task: TaskId, promise: Promise<T>, value: T) {
        self.after(delay, move |world| {
            promise.resolve(value);
            world.schedule(0, Event::Wake(task));
        });
    }

    pub(super) fn sleep(&mut self, milliseconds: u64) -> Promise<()> {
        let promise = Promise::new();
        self.reply(milliseconds, self.current, promise.share(), ());
        promise
    }

    pub(super) fn spawn(&mut self, instance: Instance, task: impl Future<Output = ()> + 'static) {
        self.spawned.push((instance, Box::pin(task)));
    }

    /// A call begins, which must have a result unless its instance crashes.
    pub(super) fn begin_call(&mut self, instance: Instance) -> u64 {
        self.events = self.events.saturating_add(1);
        self.calls.insert((instance, self.events));
        self.events
    }

    pub(super) fn end_call(&mut self, instance: Instance, call: u64) {
        self.calls.remove(&(instance, call));
    }

    /// How many calls have no result.
    pub(super) fn hanging_calls(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_running(&self, instance: Instance) -> bool {
        let process = self.processes.get(instance.process);
        let runs = |process: &Process| process.runs && process.instance.shares_a_process(instance);
        instance == USER || process.is_some_and(runs)
    }

    /// The end of the pause of an instance; 0 if it does not pause.
    pub(super) fn paused_until(&self, instance: Instance) -> u64 {
        let until = self.processes.get(instance.process).map_or(0, |process| process.paused_until);
        if until > self.now { until } else { 0 }
    }

    /// An instance of a vault without work loses its memory. The next call or alarm finds a new one.
    pub(super) fn evict(&mut self) {
        let is_idle = |process: &&Process| {
            let is_its = |(instance, _): &(Instance, u64)| instance.shares_a_process(process.instance);
            process.runs && !self.calls.iter().any(is_its) && !self.lock.has(process.instance)
        };
        let idle = self.processes.iter().find(is_idle).map(|process| process.instance);
        if let Some(instance) = idle.filter(|_| !self.faults_are_over) {
            self.counts.count("evictions");
            self.crash(instance);
            self.restart(instance.process);
        }
    }

    /// A process crashes: some of what it asked for happens and some does not, and after a while it restarts.
    pub(super) fn crash(&mut self, instance: Instance) {
        let process = self.processes.get_mut(instance.process);
        let is_its = |process: &&mut Process| process.instance.shares_a_process(instance);
        let Some(process) = process.filter(is_its) else { return };
        process.runs = false;
        self.counts.count("crashes");
        let instance = process.instance;
        self.note(|_| format!("{instance} crashes"));
        self.server.ledger.crashed(instance);
        self.lock.crashed(instance);
        self.calls.retain(|(owner, _)| !owner.shares_a_process(instance));
        let rng = &mut self.rng;
        self.queue.retain(|_, event| match event {
            Event::Change(Some(owner), _) => !owner.shares_a_process(instance) || !rng.chance(500),
            _ => true,
        });
        let away = self.rng.between(0, 20_000);
        self.after(away, move |world| world.restart(instance.process));
    }

    pub(super) fn restart(&mut self, process: usize) {
        if let Some(process) = self.processes.get_mut(process).filter(|process| !process.runs) {
            process.restart(&mut self.rng);
            let instance = process.instance;
            self.note(|_| format!("{instance} starts"));
        }
    }
}
