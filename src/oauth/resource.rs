//! Calls of the resource server (RFC 6750): where an access token may be sent, and what an answer says of it.

use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::http::Answer;
use crate::oauth::{token_request, token_response};
use crate::text::json::Members;
use crate::text::secret::Secret;
use crate::text::url;

/// What an answer of the resource server says of the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the answer is the caller's.
    Pass,
    /// The token is no longer good: refresh, and try once more.
    DeadToken,
    /// The token lacks a scope, which no refresh will bring.
    Scope,
}

/// The absolute URL of a call: a path is resolved against the tokens' API origin, and any other origin is refused.
///
/// # Errors
/// `invalid_configuration` when a token may not be sent there.
pub fn target(
    client: &Client<'_>,
    accounts_server: &str,
    api_domain: &str,
    input: &str,
) -> Result<String, Error> {
    let own = client.api_origin(accounts_server, api_domain)?;
    if input.starts_with('/') && !input.starts_with("//") && !input.contains('\\') {
        return match own {
            Some(origin) => Ok([origin, input].concat()),
            None => Err(Error::configuration(&[
                "there is no API origin to resolve a path against: pass an absolute URL, and its origin as server.api_domain",
            ])),
        };
    }
    let location = url::parse(input).map_err(|reason| {
        Error::configuration(&[
            "the URL of the call ",
            reason,
            ": pass a path that begins with /, or an absolute URL",
        ])
    })?;
    let allowed = own == Some(location.origin)
        || token_request::site_of(client, accounts_server)?
            .is_some_and(|site| site.apis.contains(&location.origin));
    if allowed {
        Ok(input.to_owned())
    } else {
        Err(Error::configuration(&[
            "the access token may not be sent to ",
            location.authority,
            ": pass a path, or allow the origin as api_domain of the server",
        ]))
    }
}

/// The `authorization` header of a call.
#[must_use]
pub fn authorization(client: &Client<'_>, access_token: &Secret) -> Secret {
    let mut header = Secret::from([client.profile.api.scheme, " "].concat());
    header.push(access_token.expose());
    header
}

/// What an answer says of the access token: by `WWW-Authenticate` (RFC 6750 3), and by a word in its JSON body.
#[must_use]
pub fn judge(client: &Client<'_>, www_authenticate: &str, answer: Answer<'_>) -> Verdict {
    let api = client.profile.api;
    let says = |words: &[&str]| {
        words.iter().any(|word| {
            let mut parts = www_authenticate.split(['"', ',', ' ']);
            parts.any(|part| part == *word || part.strip_prefix("error=") == Some(word))
        })
    };
    let member = || {
        let members = Members::parse(token_response::body_text(answer.body).ok()?).ok()?;
        members.text(api.member).ok()?
    };
    match answer.status {
        401 | 403 if says(&["insufficient_scope"]) => Verdict::Scope,
        401 if says(&["invalid_token"]) => Verdict::DeadToken,
        401 => match member() {
            Some(word) if api.dead_token.contains(&word.as_str()) => Verdict::DeadToken,
            Some(word) if api.scope.contains(&word.as_str()) => Verdict::Scope,
            _ => Verdict::Pass,
        },
        _ => Verdict::Pass,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::{ClientConfig, pack};
    use crate::oauth::metadata::AuthorizationServer;

    fn zoho() -> String {
        let server = AuthorizationServer { profile: Some("zoho"), ..AuthorizationServer::default() };
        pack(&ClientConfig { server, client_id: "1000.X", ..ClientConfig::default() })
            .unwrap()
            .expose()
            .to_owned()
    }

    fn rfc(api_domain: &str) -> String {
        let server = AuthorizationServer {
            issuer: Some("https://as.example"),
            api_domain: vec![("", api_domain)],
            ..AuthorizationServer::default()
        };
        pack(&ClientConfig { server, client_id: "c", ..ClientConfig::default() }).unwrap().expose().to_owned()
    }

    #[test]
    fn a_token_goes_to_its_own_api_alone() {
        let packed = zoho();
        let client = Client::unpack(&packed).unwrap();
        let at = |input| target(&client, "https://accounts.zoho.eu", "https://www.zohoapis.eu", input);
        assert_eq!(at("/crm/v8/Leads?page=2").unwrap(), "https://www.zohoapis.eu/crm/v8/Leads?page=2");
        assert_eq!(at("https://sandbox.zohoapis.eu/crm").unwrap(), "https://sandbox.zohoapis.eu/crm");
        for input in [
            "https://www.zohoapis.com/crm",
            "https://www.zohoapis.eu.evil.example/crm",
            "https://www.zohoapis.eu@evil.example/",
            "https://www.zohoapis.eu:8443/",
            "//evil.example/crm",
            "/\\evil.example",
            "http://www.zohoapis.eu/crm",
            "crm/v8",
            "",
        ] {
            assert!(at(input).is_err(), "{input}");
        }
        // A record that was tampered with does not choose another origin.
        let tampered = target(&client, "https://accounts.zoho.eu", "https://evil.example", "/crm").unwrap();
        assert_eq!(tampered, "https://www.zohoapis.eu/crm");
        assert!(target(&client, "https://evil.example", "https://www.zohoapis.eu", "/crm").is_err());
    }

    #[test]
    fn a_plain_server_names_its_api() {
        let packed = rfc("https://api.example");
        let client = Client::unpack(&packed).unwrap();
        assert_eq!(target(&client, "", "", "/me").unwrap(), "https://api.example/me");
        assert_eq!(target(&client, "", "https://evil.example", "/me").unwrap(), "https://api.example/me");
        assert!(target(&client, "", "", "https://other.example/me").is_err());
    }

    #[test]
    fn only_words_about_the_token_count() {
        let packed = zoho();
        let client = Client::unpack(&packed).unwrap();
        let at = |status, header, body: &str| {
            judge(&client, header, Answer { status, retry_after: None, body: body.as_bytes() })
        };
        assert_eq!(at(401, "", r#"{"code":"INVALID_TOKEN"}"#), Verdict::DeadToken);
        assert_eq!(at(401, "", r#"{"code":"AUTHENTICATION_FAILURE"}"#), Verdict::DeadToken);
        assert_eq!(at(401, "", r#"{"code":"OAUTH_SCOPE_MISMATCH"}"#), Verdict::Scope);
        assert_eq!(at(401, r#"Bearer realm="x", error="invalid_token""#, ""), Verdict::DeadToken);
        assert_eq!(at(401, "Bearer error=invalid_token", ""), Verdict::DeadToken);
        assert_eq!(at(403, r#"Bearer error="insufficient_scope""#, ""), Verdict::Scope);
        assert_eq!(at(401, "Bearer", "<html>"), Verdict::Pass);
        assert_eq!(at(401, "", r#"{"code":"OTHER"}"#), Verdict::Pass);
        assert_eq!(at(429, "", r#"{"code":"TOO_MANY_REQUESTS"}"#), Verdict::Pass);
        assert_eq!(at(200, "", r#"{"code":"INVALID_TOKEN"}"#), Verdict::Pass);
    }
}
