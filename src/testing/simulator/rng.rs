//! Random decisions of a world, all from its seed.

use crate::testing::random::Random;

/// Randomness in the forms that a simulation needs.
pub(super) struct Rng(Random);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// True with a probability in thousandths.
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
    pub(super) fn fraction(&mut self) -> f64 {
        f64::from(u16::try_from(self.0.below(1001)).unwrap_or(0)) / 1000.0
    }
}
