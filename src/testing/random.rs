//! A generator with a seed: the same seed gives the same codes, tokens and records.

use std::fmt::Write;

/// SplitMix64, which is not for real secrets.
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 for the bound 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// One of `choices`; the default for an empty list.
    pub(super) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(index).copied().unwrap_or_default()
    }

    /// A token in Zoho's format: the number of the client, then two groups of 32 hexadecimal digits.
    pub(super) fn token(&mut self, client_id: &str) -> String {
        let mut token = client_id.split('.').next().unwrap_or("1000").to_owned();
        for _ in 0..2 {
            let (high, low) = (self.next(), self.next());
            // Writing to a String cannot fail.
            let _ = write!(token, ".{high:016x}{low:016x}");
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_tokens() {
        let mut first = Random::new(7);
        let mut second = Random::new(7);
        let token = first.token("1004.ABC");
        assert_eq!(token, second.token("1004.ABC"));
        assert_ne!(token, first.token("1004.ABC"));
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 32, 32]);
        assert_eq!(parts[0], "1004");
        assert!(parts[1].bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn splitmix_gives_the_published_numbers() {
        // The first outputs for seed 0, as in the reference implementation.
        let mut random = Random::new(0);
        assert_eq!([random.next(), random.next()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), 0);
    }
}
