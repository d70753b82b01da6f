//! Effects, which a machine returns and its host runs.

use std::time::Duration;

use crate::text::time::UnixTime;

/// The time between two loads while another process refreshes.
pub(super) const PAUSE: Duration = Duration::from_millis(250);

/// The next effect for the host to run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Send the request of the flow.
    Fetch,
    /// Load the record into the slot *loaded*.
    Load,
    /// Save a record by compare-and-set; when it succeeds, the record becomes *loaded*.
    Save(Save),
    /// Delete the record.
    Delete,
    /// Acquire the lock of the store until [`Effect::Unlock`] or the end of the flow.
    Lock,
    /// Give the lock back; the flow goes on without it.
    Unlock,
    /// The callers get the error of the store, with the tokens that are not saved, and the flow goes on.
    Reply,
    /// Wait for a duration.
    Sleep(Duration),
    /// End the flow: the caller gets the tokens of the slot *loaded*, or those that were issued.
    Done,
    /// End the flow: the caller gets an error.
    Fail(Failure),
}

impl Effect {
    /// The name of the effect in traces and documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Load => "load",
            Self::Save(_) => "save",
            Self::Delete => "delete",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Reply => "reply",
            Self::Sleep(_) => "sleep",
            Self::Done => "done",
            Self::Fail(_) => "fail",
        }
    }
}

/// A slot of the host for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slot {
    /// The tokens of the store.
    Loaded,
    /// The tokens that the server issued and the store may not have yet. A save of *loaded* drops them.
    Issued,
    /// The newest tokens that this process found in the store or saved there.
    Remembered,
}

/// A record to save: the tokens of a slot, the other members of *loaded*, and the members here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// The slot whose tokens are saved.
    pub tokens: Slot,
    /// The version that the stored record must have.
    pub expected: i64,
    /// The version of the new record.
    pub version: i64,
    /// See [`Record::requests`](crate::manager::record::Record::requests).
    pub requests: Vec<UnixTime>,
    /// See [`Record::refreshing_since`](crate::manager::record::Record::refreshing_since).
    pub refreshing_since: Option<UnixTime>,
    /// See [`Record::request_ended_at`](crate::manager::record::Record::request_ended_at).
    pub request_ended_at: Option<UnixTime>,
    /// See [`Record::hold_until`](crate::manager::record::Record::hold_until).
    pub hold_until: Option<UnixTime>,
    /// See [`Record::rejected_at`](crate::manager::record::Record::rejected_at).
    pub rejected_at: Option<UnixTime>,
    /// See [`Record::issued_at`](crate::manager::record::Record::issued_at).
    pub issued_at: Option<UnixTime>,
}

/// Why a flow ended without tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The store does not have the grant.
    Absent,
    /// There is no refresh token, or the server rejects it.
    Reauthorize,
    /// No request may be sent for a duration.
    Throttled(Duration),
    /// The request failed: the caller gets its error.
    Request,
    /// Each save found that another process had changed the record.
    Conflict,
    /// The store failed: the caller gets its error, with the tokens that are not saved.
    Store,
}

impl Failure {
    /// The name of the failure.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Reauthorize => "reauthorize",
            Self::Throttled(_) => "throttled",
            Self::Request => "request",
            Self::Conflict => "conflict",
            Self::Store => "store",
        }
    }
}
