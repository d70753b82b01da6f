//! Whether a resource server rejects the access token
//! ([RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).

use super::client::Client;
use super::http::Response;
use crate::text::json::Members;

/// Why a resource server rejects an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Challenge {
    /// The response does not reject the token: pass it to the caller.
    None,
    /// The token is no longer valid: refresh it, and send the call again.
    InvalidToken,
    /// The token lacks a scope, which a refresh does not add.
    InsufficientScope,
}

impl Challenge {
    /// The registered error code; empty for [`None`](Self::None).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

/// Parses the `WWW-Authenticate` header, and the error code in the JSON body.
#[must_use]
pub fn parse(client: &Client, www_authenticate: &str, response: &Response<'_>) -> Challenge {
    let api = &client.profile.api;
    let has = |code: &str| {
        let mut parts = www_authenticate.split(['"', ',', ' ']);
        parts.any(|part| part == code || part.strip_prefix("error=") == Some(code))
    };
    let body_code = || Members::parse(&response.text()).ok()?.text(&api.member).ok()?;
    match response.status {
        401 | 403 if has("insufficient_scope") => Challenge::InsufficientScope,
        401 if has("invalid_token") => Challenge::InvalidToken,
        401 => match body_code() {
            Some(code) if api.invalid_token.contains(&code) => Challenge::InvalidToken,
            Some(code) if api.insufficient_scope.contains(&code) => Challenge::InsufficientScope,
            _ => Challenge::None,
        },
        _ => Challenge::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::ClientConfig;
    use crate::oauth::metadata::AuthorizationServer;
    use crate::oauth::profile::{Api, Profile};

    #[test]
    fn only_error_codes_of_the_token_count() {
        let api = Api {
            member: "code".into(),
            invalid_token: vec!["INVALID_TOKEN".into()],
            insufficient_scope: vec!["OAUTH_SCOPE_MISMATCH".into()],
            ..Api::default()
        };
        let server = AuthorizationServer {
            issuer: Some("https://as.example".into()),
            profile: Profile { api, ..Profile::default() },
            ..AuthorizationServer::default()
        };
        let config = ClientConfig { server, client_id: "c".into(), ..ClientConfig::default() };
        let client = Client::new(config).unwrap();
        let at = |status, header, body: &str| {
            parse(&client, header, &Response { status, retry_after: None, body: body.as_bytes() })
        };
        assert_eq!(at(401, "", r#"{"code":"INVALID_TOKEN"}"#), Challenge::InvalidToken);
        assert_eq!(at(401, "", r#"{"code":"OAUTH_SCOPE_MISMATCH"}"#), Challenge::InsufficientScope);
        assert_eq!(at(401, r#"Bearer realm="x", error="invalid_token""#, ""), Challenge::InvalidToken);
        assert_eq!(at(401, "Bearer error=invalid_token", ""), Challenge::InvalidToken);
        assert_eq!(at(403, r#"Bearer error="insufficient_scope""#, ""), Challenge::InsufficientScope);
        assert_eq!(at(401, "Bearer", "<html>"), Challenge::None);
        assert_eq!(at(401, "", r#"{"code":"OTHER"}"#), Challenge::None);
        assert_eq!(at(429, "", r#"{"code":"TOO_MANY_REQUESTS"}"#), Challenge::None);
        assert_eq!(at(200, "", r#"{"code":"INVALID_TOKEN"}"#), Challenge::None);
    }

    #[test]
    fn names_are_those_of_rfc_6750() {
        let names =
            [Challenge::None, Challenge::InvalidToken, Challenge::InsufficientScope].map(Challenge::name);
        assert_eq!(names, ["", "invalid_token", "insufficient_scope"]);
    }
}
