//! A process: a clock, a memory that it loses when it crashes, and pauses.

use std::cell::RefCell;
use std::rc::Rc;

use super::memory::Memory;
use super::release::Release;
use crate::text::time::UnixTime;

/// One run of a process, from its start to its crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instance {
    pub(super) process: usize,
    /// How often the process was restarted before.
    pub(super) restarts: u32,
}

/// The user, and what plans the world; it never crashes or pauses.
pub(super) const USER: Instance = Instance { process: usize::MAX, restarts: 0 };

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == USER { f.write_str("user") } else { write!(f, "p{}.{}", self.process, self.restarts) }
    }
}

/// A process.
pub(super) struct Process {
    pub(super) instance: Instance,
    pub(super) release: Release,
    pub(super) runs: bool,
    /// The end of its latest pause, in milliseconds.
    pub(super) paused_until: u64,
    /// Seconds that its clock is ahead.
    pub(super) ahead: i64,
    pub(super) memory: Rc<RefCell<Memory>>,
}

impl Process {
    pub(super) fn new(process: usize, release: Release, jitter: f64) -> Self {
        Self {
            instance: Instance { process, restarts: 0 },
            release,
            runs: true,
            paused_until: 0,
            ahead: 0,
            memory: Rc::new(RefCell::new(Memory::new(jitter))),
        }
    }

    /// Starts its next instance.
    pub(super) fn restart(&mut self, jitter: f64) {
        self.instance.restarts = self.instance.restarts.saturating_add(1);
        self.runs = true;
        self.memory = Rc::new(RefCell::new(Memory::new(jitter)));
    }

    /// What its clock shows at a time in milliseconds.
    pub(super) fn clock(&self, now: u64) -> UnixTime {
        UnixTime::from_seconds(unix_time(now).seconds().saturating_add(self.ahead))
    }
}

/// A time in milliseconds, as a right clock shows it.
pub(super) fn unix_time(now: u64) -> UnixTime {
    UnixTime::from_seconds(i64::try_from(now / 1000).unwrap_or(i64::MAX))
}
