//! What holds for each response and callback. The fuzz targets check it too.

use std::sync::LazyLock;
use std::time::Duration;

use grantkit::oauth::revocation::{RevocationOutcome, TokenType};
use grantkit::{
    AuthorizationResponse, Client, Error, ErrorCode, Profile, Response, RevocationRequest, Secret,
    TokenResponse, provider,
};

use crate::clients::{NOW, REFRESH_TOKEN, SECRET, STATE, VERIFIER, pending, refresh, shows_none};

fn fits_a_header(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The response to a refresh: its tokens, or its error. Neither shows or holds what it must not.
pub fn token_response(
    client: &Client,
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<TokenResponse, Error> {
    match refresh(client).parse(client, &Response { status, retry_after, body }, NOW) {
        Ok(tokens) => {
            are_usable(&tokens);
            assert!(fits_a_header(tokens.access_token.expose()));
            assert!(tokens.refresh_token.is_some(), "the refresh token that was sent is kept");
            let text = tokens.to_json();
            let again = TokenResponse::from_json(text.expose()).expect("tokens are parsed again");
            assert_eq!(again.to_json().expose(), text.expose());
            Ok(tokens)
        }
        Err(error) => {
            is_clean(&error, &[REFRESH_TOKEN, SECRET]);
            if let Some(tokens) = &error.tokens {
                are_usable(tokens);
            }
            let day = Duration::from_secs(86_400);
            assert!(error.retry_after.is_none_or(|wait| error.retryable && wait <= day), "{error:?}");
            Err(error)
        }
    }
}

/// An empty access token is that of an error.
fn are_usable(tokens: &TokenResponse) {
    for token in [Some(&tokens.access_token), tokens.refresh_token.as_ref(), tokens.id_token.as_ref()] {
        let token = token.map_or("", Secret::expose);
        assert!(token.is_empty() || fits_a_header(token), "{token:?}");
    }
    let ten_years = Duration::from_secs(315_360_000);
    assert!(tokens.expires_at.is_none_or(|at| (NOW..=NOW + ten_years).contains(&at)));
    assert!(!tokens.scope.as_deref().unwrap_or_default().contains(char::is_control));
    let origin = tokens.api_domain.as_deref();
    assert!(origin.is_none_or(|origin| origin.starts_with("https://") && origin.contains(".zohoapis.")));
}

/// An error shows no secret and no control character, and names the next step. Its tokens have names and a scope that the
/// server chose.
fn is_clean(error: &Error, secrets: &[&str]) {
    shows_none(&error.to_string(), secrets);
    if error.tokens.is_none() {
        shows_none(&format!("{error:?}"), secrets);
    }
    assert!(!error.next().is_empty(), "{error}");
    for text in [&error.error, &error.error_description, &error.error_uri].into_iter().flatten() {
        assert!(text.chars().count() <= 500, "{text:?}");
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    assert!(!error.message.contains(char::is_control), "{error}");
}

/// The response to a revocation of [`REFRESH_TOKEN`] at a server whose body decides. Only an object confirms it.
pub fn revocation_response(client: &Client, status: u16, body: &[u8]) {
    let request = RevocationRequest::new(client, &REFRESH_TOKEN.into(), TokenType::RefreshToken, "", 0);
    let response = Response { status, retry_after: None, body };
    match request.unwrap().unwrap().parse(client, &response, NOW) {
        Ok(RevocationOutcome::Revoked) => {
            assert!((200..300).contains(&status), "{status}");
            let text = String::from_utf8_lossy(body);
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim_matches([' ', '\t', '\r', '\n']);
            let object = serde_json::from_str::<serde_json::Map<_, _>>(text);
            let has_no_error = |members: serde_json::Map<_, serde_json::Value>| {
                members.get("error").is_none_or(|error| error.is_null() || error == "")
            };
            assert!(text.is_empty() || object.is_ok_and(has_no_error), "{text}");
        }
        Ok(_) => {}
        Err(error) => is_clean(&error, &[REFRESH_TOKEN, SECRET]),
    }
}

pub fn is_accounts_server(origin: &str) -> bool {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| provider::zoho().unwrap());
    PROFILE.regions.iter().any(|region| region.accounts_server == origin)
}

/// The code of a validated callback, and the accounts server that it is sent to. Only a callback with the one state is
/// that of the attempt.
pub fn callback(client: &Client, issuer: &str, url: &str) -> Result<(String, Option<String>), Error> {
    let url_without_fragment = url.split('#').next().unwrap_or_default();
    let query = url_without_fragment.split_once('?').map_or("", |(_, query)| query);
    let sent = |wanted: &str| {
        let values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
        values.map(|(_, value)| value).collect::<Vec<_>>()
    };
    let has_state = sent("state") == [STATE];
    match AuthorizationResponse::validate(client, url, &pending(issuer), NOW) {
        Ok(AuthorizationResponse { code, accounts_server, .. }) => {
            assert!(has_state, "{url}");
            assert_eq!(sent("code"), [code.expose()], "{url}");
            assert!(accounts_server.as_deref().is_none_or(is_accounts_server), "{accounts_server:?}");
            assert!(fits_a_header(code.expose()), "{url}");
            Ok((code.expose().to_owned(), accounts_server))
        }
        Err(error) => {
            let codes = [ErrorCode::CallbackMismatch, ErrorCode::AuthorizationResponse];
            assert!(codes.contains(&error.code), "{error}");
            assert!(has_state || error.code == ErrorCode::CallbackMismatch, "{url}");
            is_clean(&error, &[VERIFIER, STATE]);
            Err(error)
        }
    }
}
