//! The part of a stored grant that decisions read.

use std::time::Duration;

use crate::text::time::UnixTime;

/// A stored grant without its tokens, which the host has and compares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The number of saves; each save is a compare-and-set of it.
    pub version: i64,
    /// Whether there is a refresh token.
    pub has_refresh_token: bool,
    /// Whether the access token is empty, or the resource server rejected it.
    pub access_token_rejected: bool,
    /// When the access token expires; `None` if the response had no lifetime.
    pub expires_at: Option<UnixTime>,
    /// When a refresh issued the tokens; `None` if unknown.
    pub issued_at: Option<UnixTime>,
    /// Times of the latest token requests, oldest first.
    pub requests: Vec<UnixTime>,
    /// The mark of a request whose response is outstanding, and which may have used the refresh token: when it was
    /// sent.
    pub refreshing_since: Option<UnixTime>,
    /// When the request of the mark ended without tokens, so that nothing of it is still to be saved. `None` while its
    /// process waits for the response or has tokens to save, and after that process died.
    pub request_ended_at: Option<UnixTime>,
    /// The time before which no request is sent, since the server throttled.
    pub hold_until: Option<UnixTime>,
    /// When the server rejected the refresh token.
    pub rejected_at: Option<UnixTime>,
}

/// When an access token was issued and when it expires.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lifetime {
    /// When the access token was issued; `None` if unknown.
    pub issued_at: Option<UnixTime>,
    /// When the access token expires; `None` if unknown.
    pub expires_at: Option<UnixTime>,
}

impl Record {
    /// When the access token was issued and when it expires.
    #[must_use]
    pub const fn lifetime(&self) -> Lifetime {
        Lifetime { issued_at: self.issued_at, expires_at: self.expires_at }
    }

    /// How long the access token is still valid; `None` if unknown.
    #[must_use]
    pub fn left(&self, now: UnixTime) -> Option<Duration> {
        self.expires_at.map(|at| at.since(now))
    }
}
