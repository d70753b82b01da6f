//! Each line is a field of the frame that registers a client.

use ::url::Url;

use super::super::config::read;
use super::super::frame::Reader;
use crate::clients::NOW;
use crate::oauth::authorization_request::Options;
use crate::{AuthorizationRequest, Client, TokenRequest};

pub fn run(data: &[u8]) {
    let frame = String::from_utf8_lossy(data).replace('\n', "\0");
    let Ok(config) = read(&mut Reader::unchecked(&frame)) else { return };
    let secrets: Vec<String> =
        config.client_secret.default.iter().map(|secret| secret.expose().to_owned()).collect();
    let client = match Client::new(config) {
        Ok(client) => client,
        Err(error) => {
            assert!(!error.next().is_empty(), "{error}");
            assert!(!error.message.contains('\0'), "{error}");
            return;
        }
    };
    let is_allowed = |text: &str| {
        // Hosts refuse what the URL Standard does.
        Url::parse(text).is_err()
            || Url::parse(text).is_ok_and(|url| match url.scheme() {
                "https" => url.username().is_empty() && url.password().is_none(),
                "http" => {
                    let host = url.host_str().unwrap_or_default();
                    host == "localhost"
                        || host.ends_with(".localhost")
                        || host.starts_with("127.")
                        || host == "[::1]"
                }
                _ => false,
            })
    };
    let endpoints = &client.endpoints;
    for url in [&endpoints.issuer, &endpoints.authorization, &endpoints.token, &endpoints.revocation] {
        assert!(url.as_deref().is_none_or(is_allowed), "{url:?}");
    }
    for region in &client.regions {
        assert!(is_allowed(&region.accounts_server), "{region:?}");
        assert!(region.api().is_none_or(is_allowed), "{region:?}");
    }
    if let Ok(request) = TokenRequest::code(&client, "code", None) {
        assert!(is_allowed(&request.http().url), "{}", request.http().url);
        let shown = format!("{request:?}");
        for secret in secrets.iter().filter(|secret| secret.len() >= 24) {
            assert!(!shown.contains(secret) || request.http().url.contains(secret), "{shown}");
        }
    }
    let _ = AuthorizationRequest::new(&client, &Options { scope: "a", ..Options::default() }, &[7; 64], NOW);
}
