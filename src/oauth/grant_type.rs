//! Grant types as data, and what the response to a token request is validated against.

use super::error::ErrorCode;

/// A grant type ([RFC 6749 section 1.3](https://www.rfc-editor.org/rfc/rfc6749#section-1.3)) as data: its name, the
/// parameter with its credential, and the error when the server rejects the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantType {
    name: &'static str,
    /// The parameter with the credential; `None` if there is none.
    credential: Option<&'static str>,
    rejected: ErrorCode,
    /// Whether the credential is a refresh token, which stays valid when the response has none.
    is_refresh: bool,
}

impl GrantType {
    /// The authorization code grant ([RFC 6749 section 4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1)).
    pub const AUTHORIZATION_CODE: Self =
        Self { rejected: ErrorCode::CodeRejected, ..Self::new("authorization_code", "code") };
    /// The refresh token grant ([RFC 6749 section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    pub const REFRESH_TOKEN: Self = Self { is_refresh: true, ..Self::new("refresh_token", "refresh_token") };

    /// Another grant type: the value of `grant_type`, and the parameter with the credential, such as `assertion`.
    ///
    /// The credential never becomes the refresh token of a response that has none. When the server rejects it, the
    /// error is `reauthorization_required`.
    #[must_use]
    pub const fn new(name: &'static str, credential: &'static str) -> Self {
        let credential = Some(credential);
        Self { name, credential, rejected: ErrorCode::ReauthorizationRequired, is_refresh: false }
    }

    /// Another grant type whose only credential is that of the client, such as `client_credentials`
    /// ([RFC 6749 section 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    ///
    /// When the server rejects the grant, the error is `client_rejected`.
    #[must_use]
    pub const fn without_credential(name: &'static str) -> Self {
        Self { name, credential: None, rejected: ErrorCode::ClientRejected, is_refresh: false }
    }

    /// The same grant type with another error code for a rejected credential.
    #[must_use]
    pub const fn with_rejected(self, rejected: ErrorCode) -> Self {
        Self { rejected, ..self }
    }

    /// The value of `grant_type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The parameter with the credential; `None` for a grant type without one.
    #[must_use]
    pub const fn credential(self) -> Option<&'static str> {
        self.credential
    }

    /// The code of the error when the server rejects the credential.
    #[must_use]
    pub const fn rejected(self) -> ErrorCode {
        self.rejected
    }

    /// Whether the credential is a refresh token, which stays valid when the response has none.
    pub(crate) const fn is_refresh(self) -> bool {
        self.is_refresh
    }
}

/// What a token response is validated against. It holds no secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) grant_type: GrantType,
    /// The endpoint, for messages.
    pub(crate) endpoint: &'a str,
    /// The region to which the request was sent; empty without regions.
    pub(crate) location: &'a str,
    /// Whether a response without a refresh token is an error.
    pub(crate) offline: bool,
    /// The scope of the earlier tokens, or of the request.
    pub(crate) scope: &'a str,
    /// The API origin of the earlier tokens.
    pub(crate) api_domain: &'a str,
}
