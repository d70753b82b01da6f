//! What happened in a step: the input of the properties.

use std::collections::BTreeMap;
use std::time::Duration;

use super::call::{CallError, CallOptions};
use super::ledger::Copy;
use super::process::Instance;
use super::record::StoredRecord;

/// Something that happened.
pub(super) enum Fact {
    /// A token request was sent.
    Sent(u64),
    /// The server refused a request with this refresh token because of the number of requests.
    Throttled(String),
    /// The server refused a refresh token because it was used, and may have revoked all tokens of the grant.
    Reused {
        refresh_token: String,
        copy: Copy,
        /// Its sender no longer waited for the response.
        is_late: bool,
    },
    /// The store's record changed, as an instance asked for at a time in milliseconds.
    Saved { by: Instance, before: Option<Box<StoredRecord>>, after: Box<StoredRecord>, asked_at: u64 },
    /// The store's record was deleted, after the store was read again at a time in milliseconds.
    Deleted { by: Instance, record: Box<StoredRecord>, reread_at: u64 },
    /// A revocation request was sent with the tokens of a record of this format.
    RevocationSent { by: Instance, format: Option<u32> },
    /// A caller got an access token.
    HandedOut {
        instance: Instance,
        access_token: String,
        rejected: String,
        min_validity: Duration,
        /// Its refresh failed with `reauthorization_required`.
        despite_rejection: bool,
    },
    /// A caller got an error.
    Failed { instance: Instance, options: CallOptions, error: CallError },
    /// A caller got `reauthorization_required` because of this refresh token.
    Reauthorize { instance: Instance, refresh_token: String },
    /// A caller got an error that has no type.
    Untyped(Instance),
    /// A flow that had tokens to save ended without having saved them, after so many milliseconds of trying.
    GaveUp { instance: Instance, after: u64 },
    /// A call for a token that began at a time in milliseconds has ended, with whether the store was of use.
    Ended { instance: Instance, began: u64, used_the_store: bool },
    /// The handler of an alarm that rang at a time in milliseconds has ended.
    AlarmEnded { instance: Instance, began: u64 },
    /// A revocation that began at a time in milliseconds has ended.
    RevocationEnded { by: Instance, began: u64 },
    /// A revocation succeeded: of a grant with this refresh token and of this id, under this lock.
    Revoked { by: Instance, refresh_token: String, grant_id: Option<u64>, fence: Option<u64>, began: u64 },
    /// Calls without a result, although nothing is left to wait for.
    Hanging(usize),
    /// A call after all faults: whether the grant can be refreshed, and whether the call returned a token that works.
    Last { instance: Instance, reachable: bool, result: Result<bool, String> },
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

    /// All counts, by name.
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
