//! How a call of the store fails by chance, and how long it takes.

use super::process::{Instance, USER};
use super::world::World;

/// The store throws, before or after it did its work.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreFault {
    pub(super) before: bool,
    pub(super) after: bool,
}

impl World {
    /// For the user the store never throws after its work: an application that saves the tokens of a consent again,
    /// because the store threw, may replace tokens that a refresh has saved meanwhile, and no store can tell the two
    /// apart.
    pub(super) fn store_fault(&mut self, instance: Instance) -> StoreFault {
        let may = self.settings.faults.store && !self.faults_are_over;
        let before = may && self.rng.chance(25);
        let fault = StoreFault { before, after: may && instance != USER && self.rng.chance(25) };
        if fault.before || fault.after {
            self.counts.count("store throws");
        }
        fault
    }

    /// Milliseconds there and back.
    pub(super) fn store_delays(&mut self) -> (u64, u64) {
        let may = self.settings.faults.store && !self.faults_are_over;
        let mut delay = || match may && self.rng.chance(30) {
            true => self.rng.between(1_000, 8_000),
            false => self.rng.between(1, 20),
        };
        (delay(), delay())
    }
}
