//! What decisions read of a stored grant.

use std::time::Duration;

use super::plan::Lifetime;
use crate::text::time::UnixTime;

/// One stored grant without its tokens: the host keeps those, compares them, and passes on what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Counts the saves; each save is a compare-and-set on it.
    pub version: i64,
    /// Whether there is a refresh token.
    pub has_refresh_token: bool,
    /// Whether the access token is empty, or is the one that the resource server rejected.
    pub access_token_rejected: bool,
    /// When the access token expires, if the server said.
    pub expires_at: Option<UnixTime>,
    /// When a refresh brought the tokens, so that their lifetime is known.
    pub issued_at: Option<UnixTime>,
    /// Times of the latest token requests, oldest first.
    pub requests: Vec<UnixTime>,
    /// Set while the response to a request is outstanding that may have used up the refresh token.
    pub refreshing_since: Option<UnixTime>,
    /// No request before this time: the server throttled.
    pub hold_until: Option<UnixTime>,
    /// Since when the server is known to reject the refresh token.
    pub rejected_at: Option<UnixTime>,
}

impl Record {
    /// When the access token was issued and expires.
    #[must_use]
    pub const fn lifetime(&self) -> Lifetime {
        Lifetime { issued_at: self.issued_at, expires_at: self.expires_at }
    }

    /// For how long the access token is still valid; `None` where the server did not say.
    #[must_use]
    pub fn left(&self, now: UnixTime) -> Option<Duration> {
        self.expires_at.map(|at| at.since(now))
    }
}
