//! How many cases a property has.

use proptest::test_runner::{Config, RngSeed};

/// The same cases in every run; `GRANTKIT_CASES` multiplies their number.
pub fn cases(cases: u32) -> Config {
    let factor = std::env::var("GRANTKIT_CASES").map_or(1, |factor| factor.parse::<u32>().unwrap());
    Config {
        cases: cases * factor,
        rng_seed: RngSeed::Fixed(0x6772_616e),
        failure_persistence: None,
        ..Config::default()
    }
}
