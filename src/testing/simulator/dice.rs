//! What a seed decides.

use crate::testing::random::Random;

/// Randomness in the forms that a simulation wants.
pub(super) struct Dice(Random);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// True in so many of a thousand cases.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.0.below(1000) < per_mille
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.0.below(high.saturating_sub(low).saturating_add(1)))
    }

    pub(super) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        self.0.pick(choices)
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self) -> f64 {
        f64::from(u16::try_from(self.0.below(1001)).unwrap_or(0)) / 1000.0
    }
}
