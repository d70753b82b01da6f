//! A process: a clock, a memory that dies with it, and whether it stands still.

use std::cell::RefCell;
use std::rc::Rc;

use super::host::Memory;
use crate::text::time::UnixTime;

/// One life of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Life {
    pub(super) process: usize,
    /// Counts its restarts.
    pub(super) number: u32,
}

/// The user and whoever runs the world; never dies.
pub(super) const OUTSIDE: Life = Life { process: usize::MAX, number: 0 };

impl std::fmt::Display for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == OUTSIDE { f.write_str("user") } else { write!(f, "p{}.{}", self.process, self.number) }
    }
}

/// A process.
pub(super) struct Process {
    pub(super) life: Life,
    pub(super) runs: bool,
    /// It stands still until then, or did, in milliseconds.
    pub(super) paused_until: u64,
    /// Seconds that its clock is ahead.
    pub(super) ahead: i64,
    pub(super) memory: Rc<RefCell<Memory>>,
}

impl Process {
    pub(super) fn new(process: usize, jitter: f64) -> Self {
        Self {
            life: Life { process, number: 0 },
            runs: true,
            paused_until: 0,
            ahead: 0,
            memory: Rc::new(RefCell::new(Memory::new(jitter))),
        }
    }

    /// Begins its next life.
    pub(super) fn restart(&mut self, jitter: f64) {
        self.life.number = self.life.number.saturating_add(1);
        self.runs = true;
        self.memory = Rc::new(RefCell::new(Memory::new(jitter)));
    }

    /// What its clock shows at a time in milliseconds.
    pub(super) fn clock(&self, now: u64) -> UnixTime {
        i64::try_from(now / 1000).unwrap_or(i64::MAX).saturating_add(self.ahead)
    }
}
