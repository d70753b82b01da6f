//! The one public error: a code to act on, and a message that names the next step.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::token_response::TokenResponse;

/// What went wrong, by what the caller has to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The caller's mistake, found before any request.
    InvalidConfiguration,
    /// The server does not accept this client, its secret, its redirect URI or its request.
    ClientRejected,
    /// The authorization response carries `error` (RFC 6749 section 4.1.2.1).
    AuthorizationResponse,
    /// The authorization response does not belong to this attempt, this client or this server.
    CallbackMismatch,
    /// The code is wrong, used, expired or of another region.
    CodeRejected,
    /// There is no refresh token, or the server no longer accepts it.
    ReauthorizationRequired,
    /// Offline access was asked for and the response has no refresh token; see [`Details::tokens`].
    RefreshTokenMissing,
    /// Too many requests; see [`Details::retry_after`].
    Throttled,
    /// The scope is refused, or a scope is missing.
    InsufficientScope,
    /// A 5xx, a redirect, a web page.
    UnexpectedResponse,
    /// Not JSON, a member missing or of the wrong type, too large.
    MalformedResponse,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 11] = [
        Self::InvalidConfiguration,
        Self::ClientRejected,
        Self::AuthorizationResponse,
        Self::CallbackMismatch,
        Self::CodeRejected,
        Self::ReauthorizationRequired,
        Self::RefreshTokenMissing,
        Self::Throttled,
        Self::InsufficientScope,
        Self::UnexpectedResponse,
        Self::MalformedResponse,
    ];

    /// The code as the npm package spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidConfiguration => "invalid_configuration",
            Self::ClientRejected => "client_rejected",
            Self::AuthorizationResponse => "authorization_response",
            Self::CallbackMismatch => "callback_mismatch",
            Self::CodeRejected => "code_rejected",
            Self::ReauthorizationRequired => "reauthorization_required",
            Self::RefreshTokenMissing => "refresh_token_missing",
            Self::Throttled => "throttled",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnexpectedResponse => "unexpected_response",
            Self::MalformedResponse => "malformed_response",
        }
    }
}

/// A failure. Its `Debug` and its message show no secret.
pub struct Error(Box<Details>);

/// The members of an [`Error`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Details {
    /// What the caller has to act on.
    pub code: ErrorCode,
    /// One sentence: what happened, and after the last `: ` what to do next.
    pub message: String,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// How long to wait before it may.
    pub retry_after: Option<Duration>,
    /// The HTTP status of the response.
    pub status: Option<u16>,
    /// The server's `error` (RFC 6749 section 5.2), secrets redacted.
    pub error: Option<String>,
    /// The server's `error_description`, secrets redacted.
    pub error_description: Option<String>,
    /// The server's `error_uri`, secrets redacted.
    pub error_uri: Option<String>,
    /// The tokens that the server issued although this is an error.
    pub tokens: Option<Box<TokenResponse>>,
}

impl Error {
    /// An error of that code with that message, and nothing else.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            message: message.into(),
            retryable: false,
            retry_after: None,
            status: None,
            error: None,
            error_description: None,
            error_uri: None,
            tokens: None,
        }))
    }

    /// The caller's mistake.
    #[must_use]
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidConfiguration, message)
    }

    /// An authorization response that is not accepted.
    pub(crate) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::CallbackMismatch, message)
    }

    /// The next step: the end of the message.
    #[must_use]
    pub fn next(&self) -> &str {
        self.message.rsplit_once(": ").map_or("", |(_, next)| next)
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}
