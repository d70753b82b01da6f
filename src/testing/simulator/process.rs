//! A process: a clock, pauses, and managers, whose memory it loses when it crashes.

use std::cell::RefCell;
use std::rc::Rc;

use super::memory::Memory;
use super::release::Release;
use super::rng::Rng;
use crate::text::time::UnixTime;

/// A manager in one run of a process, from its start to its crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instance {
    pub(super) process: usize,
    /// How often the process was restarted before.
    pub(super) restarts: u32,
    /// Its number in the process.
    pub(super) manager: usize,
}

/// The user, and what plans the world; it never crashes or pauses.
pub(super) const USER: Instance = Instance { process: usize::MAX, restarts: 0, manager: 0 };

impl Instance {
    /// Whether both are in the same run of a process.
    pub(super) fn shares_a_process(self, other: Self) -> bool {
        (self.process, self.restarts) == (other.process, other.restarts)
    }
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (*self, self.manager) {
            (USER, _) => f.write_str("user"),
            (_, 0) => write!(f, "p{}.{}", self.process, self.restarts),
            (_, manager) => write!(f, "p{}.{}m{manager}", self.process, self.restarts),
        }
    }
}

/// A process.
pub(super) struct Process {
    /// Its first manager.
    pub(super) instance: Instance,
    pub(super) release: Release,
    pub(super) runs: bool,
    /// The end of its latest pause, in milliseconds.
    pub(super) paused_until: u64,
    /// Seconds that its clock is ahead.
    pub(super) ahead: i64,
    /// What each of its managers keeps. They share nothing but the process and the store.
    memories: Vec<Rc<RefCell<Memory>>>,
}

impl Process {
    pub(super) fn new(process: usize, release: Release, managers: u64, rng: &mut Rng) -> Self {
        Self {
            instance: Instance { process, restarts: 0, manager: 0 },
            release,
            runs: true,
            paused_until: 0,
            ahead: 0,
            memories: (0..managers).map(|_| empty(rng)).collect(),
        }
    }

    /// Its managers, each with its memory.
    pub(super) fn managers(&self) -> impl Iterator<Item = (Instance, &Rc<RefCell<Memory>>)> {
        let managers = self.memories.iter().enumerate();
        managers.map(|(manager, memory)| (Instance { manager, ..self.instance }, memory))
    }

    /// One of its managers at random.
    pub(super) fn pick_manager(&self, rng: &mut Rng) -> Option<(Instance, Rc<RefCell<Memory>>)> {
        let last = u64::try_from(self.memories.len()).unwrap_or(1).saturating_sub(1);
        let number = usize::try_from(rng.between(0, last)).unwrap_or(0);
        self.managers().nth(number).map(|(instance, memory)| (instance, Rc::clone(memory)))
    }

    /// Starts its next instance.
    pub(super) fn restart(&mut self, rng: &mut Rng) {
        self.instance.restarts = self.instance.restarts.saturating_add(1);
        self.runs = true;
        self.memories.fill_with(|| empty(rng));
    }

    /// What its clock shows at a time in milliseconds.
    pub(super) fn clock(&self, now: u64) -> UnixTime {
        UnixTime::from_seconds(unix_time(now).seconds().saturating_add(self.ahead))
    }
}

fn empty(rng: &mut Rng) -> Rc<RefCell<Memory>> {
    Rc::new(RefCell::new(Memory::new(rng.fraction())))
}

/// A time in milliseconds, as a right clock shows it.
pub(super) fn unix_time(now: u64) -> UnixTime {
    UnixTime::from_seconds(i64::try_from(now / 1000).unwrap_or(i64::MAX))
}
