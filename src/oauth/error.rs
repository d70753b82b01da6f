//! The public error: a code to act on, and a message that names the next step.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::tokens::TokenResponse;

/// The kind of an error, by what the caller has to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The configuration or an argument is invalid; no request was sent.
    InvalidConfiguration,
    /// The server rejects the client, its secret, its redirect URI or its request.
    ClientRejected,
    /// The authorization response has `error`
    /// ([RFC 6749 section 4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
    AuthorizationResponse,
    /// The authorization response is not that of this attempt, client or server.
    CallbackMismatch,
    /// The code is invalid, used, expired or of another region.
    CodeRejected,
    /// There is no refresh token, or the server rejects it.
    ReauthorizationRequired,
    /// Offline access was requested, and the response has no refresh token; see [`Details::tokens`].
    RefreshTokenMissing,
    /// There were too many requests; see [`Details::retry_after`].
    Throttled,
    /// The server rejects the scope, or the token lacks one.
    InsufficientScope,
    /// The response is a 5xx, a redirect or a web page, or has an unknown error code.
    UnexpectedResponse,
    /// The response is not JSON or incomplete, or a member is missing or has another type.
    MalformedResponse,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: &[Self] = &[
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

    /// The code as a string, such as `invalid_configuration`, which the npm package uses too.
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

/// An error. Its `Debug` and its message show no secret.
pub struct Error(Box<Details>);

/// The members of an [`Error`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Details {
    /// The kind of the error.
    pub code: ErrorCode,
    /// One sentence: what happened, and after the last `: ` the next step.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long to wait before the next try; `None` if the server does not say.
    pub retry_after: Option<Duration>,
    /// The HTTP status of the response; `None` without a response.
    pub status: Option<u16>,
    /// The `error` of the response ([RFC 6749 section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)),
    /// redacted.
    pub error: Option<String>,
    /// The `error_description` of the response, redacted.
    pub error_description: Option<String>,
    /// The `error_uri` of the response, redacted.
    pub error_uri: Option<String>,
    /// The tokens that the server issued despite the error.
    pub tokens: Option<Box<TokenResponse>>,
}

impl Error {
    /// An error with a code and a message.
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

    /// An error with the code `invalid_configuration`.
    #[must_use]
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidConfiguration, message)
    }

    /// An error with the code `callback_mismatch`.
    pub(crate) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::CallbackMismatch, message)
    }

    /// The next step: the part of the message after its last `: `.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_its_code_its_message_and_the_next_step() {
        let error = Error::configuration("client_id is missing: copy it from the registration");
        assert_eq!(
            error.to_string(),
            "invalid_configuration: client_id is missing: copy it from the registration"
        );
        assert_eq!(error.next(), "copy it from the registration");
        assert_eq!(Error::configuration("no next step").next(), "");
        assert!(format!("{error:?}").contains("InvalidConfiguration"));
    }
}
