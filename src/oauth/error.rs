//! One error for everything, with a closed list of codes.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::text::secret::Secret;

/// What went wrong, as the caller has to act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The caller's mistake, found before any request.
    InvalidConfiguration,
    /// The server does not accept this client, its secret, its redirect URI or its request.
    ClientRejected,
    /// The redirect carried `error` (RFC 6749 4.1.2.1).
    AuthorizationResponse,
    /// The callback does not belong to this attempt, this client or this server.
    CallbackMismatch,
    /// The code is wrong, used, expired or of another data centre.
    CodeRejected,
    /// There is no refresh token, or the server no longer takes it.
    ReauthorizationRequired,
    /// Offline access was asked for and no refresh token came; see [`Details::tokens`].
    RefreshTokenMissing,
    /// Too many requests; see [`Details::retry_after`].
    Throttled,
    /// The scope is refused, or lacking.
    InsufficientScope,
    /// A 5xx, a redirect, an HTML page.
    UnexpectedResponse,
    /// Not JSON, a member missing or of the wrong type, too large.
    MalformedResponse,
}

impl Code {
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

/// A failure. Shows no secret; see [`Details`] for what it holds.
pub struct Error(Box<Details>);

/// What a failure holds: its code, a message that names the next step, and the server's own words.
#[derive(Debug)]
#[non_exhaustive]
pub struct Details {
    /// What the caller has to act on.
    pub code: Code,
    /// What happened and what to do next.
    pub message: String,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// Seconds to wait before it may.
    pub retry_after: Option<u32>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The server's `error` (RFC 6749 5.2), secrets redacted.
    pub error: Option<String>,
    /// The server's `error_description`, secrets redacted.
    pub error_description: Option<String>,
    /// The server's `error_uri`, secrets redacted.
    pub error_uri: Option<String>,
    /// Tokens that the server issued all the same, as JSON.
    pub tokens: Option<Secret>,
}

impl Error {
    /// An error of that code, its message in parts, and nothing else.
    #[must_use]
    #[inline(never)]
    pub fn new(code: Code, message: &[&str]) -> Self {
        Self(Box::new(Details {
            code,
            message: message.concat(),
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
    #[inline(never)]
    pub fn configuration(message: &[&str]) -> Self {
        Self::new(Code::InvalidConfiguration, message)
    }

    /// A callback that is not taken.
    #[must_use]
    #[inline(never)]
    pub fn mismatch(message: &[&str]) -> Self {
        Self::new(Code::CallbackMismatch, message)
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
        f.write_str(&[self.code.as_str(), ": ", &self.message].concat())
    }
}

impl std::error::Error for Error {}
