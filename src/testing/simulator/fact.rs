//! What happened in a step, for the properties to judge.

use std::collections::BTreeMap;

use super::ledger::Copy;
use super::process::Life;
use crate::manager::record::Record;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Fact {
    /// A token request went out.
    Sent(u64),
    /// The server refused a request of this refresh token for the number of them.
    Throttled(String),
    /// The server saw a spent refresh token again, and killed the grant.
    KilledFamily {
        refresh_token: String,
        copy: Copy,
        /// Its sender had given it up.
        is_late: bool,
    },
    /// The store's record changed.
    Saved { by: Life, before: Option<Box<Record>>, after: Box<Record> },
    /// Somebody got an access token.
    HandedOut { life: Life, access_token: String, refused: String, min_validity: i64 },
    /// Somebody was told that the grant is dead, because of this refresh token.
    ToldDead { life: Life, refresh_token: String },
    /// Somebody got an error that is none.
    Untyped(Life),
    /// Calls without an outcome, although nothing is left to wait for.
    Hanging(usize),
    /// A call when all faults are over: whether the grant could be reached, and whether it brought a token that works.
    Last { life: Life, reachable: bool, outcome: Result<bool, String> },
}

/// How often things happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(super) fn count(&mut self, name: &'static str) {
        let count = self.0.entry(name).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// How often that happened.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// All that happened, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, count)| (*name, *count))
    }

    /// Adds those of another world.
    pub fn add(&mut self, other: &Self) {
        for (name, more) in other.iter() {
            let count = self.0.entry(name).or_insert(0);
            *count = count.saturating_add(more);
        }
    }
}
