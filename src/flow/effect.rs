//! What a machine asks its host to do.

use std::time::Duration;

use crate::text::time::UnixTime;

/// What the host is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the request of the flow.
    Fetch,
    /// Load the record into the slot *loaded*.
    Load,
    /// Save a record by compare-and-set; when it succeeds, the record becomes *loaded*.
    Save(Save),
    /// Delete the record.
    Delete,
    /// Run the rest of the flow under the store's lock.
    Lock,
    /// Wait.
    Sleep(Duration),
    /// The flow has ended; the caller gets the tokens of the slot *loaded*, or those that were issued.
    Done,
    /// The flow has ended; the caller gets an error.
    Fail(Failure),
}

impl Effect {
    /// Its name in traces and documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Load => "load",
            Self::Save(_) => "save",
            Self::Delete => "delete",
            Self::Lock => "lock",
            Self::Sleep(_) => "sleep",
            Self::Done => "done",
            Self::Fail(_) => "fail",
        }
    }
}

/// Tokens that the host holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Those of the store.
    Loaded,
    /// Those that the server issued and the store may not have yet. Saving *loaded* drops them.
    Issued,
}

/// A record to save: the tokens of a slot, the other members of *loaded*, and these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// Whose tokens.
    pub tokens: Slot,
    /// The version that the stored record must have.
    pub expected: i64,
    /// The version of the record.
    pub version: i64,
    /// See [`Record`](crate::manager::record::Record), as all that follow.
    pub requests: Vec<UnixTime>,
    /// Likewise.
    pub refreshing_since: Option<UnixTime>,
    /// Likewise.
    pub hold_until: Option<UnixTime>,
    /// Likewise.
    pub rejected_at: Option<UnixTime>,
    /// Likewise.
    pub issued_at: Option<UnixTime>,
}

/// Why a flow ended without tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The store has no such grant.
    Absent,
    /// There is no refresh token that the server accepts.
    Reauthorize,
    /// No request may be sent for this time.
    Throttled(Duration),
    /// The request failed: the caller gets its error.
    Request,
    /// Others changed the record each time that it was to be saved.
    Conflict,
}

impl Failure {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Reauthorize => "reauthorize",
            Self::Throttled(_) => "throttled",
            Self::Request => "request",
            Self::Conflict => "conflict",
        }
    }
}
