//! A call for an access token: its options and its errors.

use std::time::Duration;

use super::record::{StoredRecord, Tokens};
use crate::flow::refresh::Outcome;

/// How a caller needs its token.
#[derive(Clone, Default)]
pub(super) struct CallOptions {
    pub(super) min_validity: Duration,
    /// The access token that the resource server rejected; empty if there is none.
    pub(super) rejected: String,
    /// Whether the call is that of an alarm, which refreshes and does not use the token.
    pub(super) is_alarm: bool,
}

/// What a token request has brought.
pub(super) struct Issued {
    /// The number of the request.
    pub(super) request: u64,
    pub(super) tokens: Tokens,
    /// Why the response is of no use but for its refresh token, which comes with the access token that is stored.
    pub(super) refusal: Option<RequestError>,
}

/// A failed token request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestError {
    pub(super) code: &'static str,
    pub(super) retry_after: Option<Duration>,
    pub(super) outcome: Outcome,
}

/// Why a call has no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallError {
    /// The store failed. `issued` says whether there are tokens that are not saved.
    Store { issued: bool },
    /// The record has a format that the release of the process does not know.
    Newer,
    /// Others changed the record each time that it was to be saved.
    Conflict,
    /// There is no refresh token that the server accepts.
    Reauthorize,
    /// No request may be sent for this time.
    Throttled(Duration),
    /// The request failed for another reason.
    Request(RequestError),
    /// An error that has no type, or an effect that the machine must not ask for.
    Untyped,
}

impl CallError {
    /// Its `OAuthErrorCode`.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Store { .. } | Self::Newer | Self::Conflict => "store",
            Self::Reauthorize => "reauthorization_required",
            Self::Throttled(_) => "throttled",
            Self::Request(error) => error.code,
            Self::Untyped => "invalid_configuration",
        }
    }

    /// The time after which the same call may succeed, if the error names one.
    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled(wait) => Some(*wait),
            Self::Request(error) => error.retry_after,
            Self::Store { .. } | Self::Newer | Self::Conflict | Self::Reauthorize | Self::Untyped => None,
        }
    }
}

/// A record whose access token serves the caller, or an error.
pub(super) type CallResult = Result<StoredRecord, CallError>;
