//! Line 1 is the scope, line 2 the `return_to`, and each pair of lines after them a parameter.

use std::borrow::Cow;

use ::url::Url;

use super::{head, text};
use crate::clients::{NOW, PLAIN, plain, zoho};
use crate::{AuthorizationRequest, Options};

const OWN: [&str; 10] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "access_type",
    "prompt",
    "client_secret",
];

pub fn run(data: &[u8]) {
    let ([scope, return_to], rest) = head(data);
    let rest = text(rest);
    let lines: Vec<&str> = rest.lines().collect();
    let parameters: Vec<(&str, &str)> =
        lines.as_chunks().0.iter().map(|[name, value]| (*name, *value)).collect();
    let return_to = Some(return_to.as_ref()).filter(|path| !path.is_empty());
    let options = Options { scope: &scope, parameters: &parameters, return_to, max_age: None };
    for client in [plain(), zoho()] {
        let Ok(request) = AuthorizationRequest::new(client, &options, &[7; 64], NOW) else { continue };
        let url = Url::parse(request.url.expose()).expect("the URL is one to other parsers too");
        let endpoint = if client.issuer() == PLAIN {
            "https://server.example.com/authorize?"
        } else {
            "https://accounts.zoho.com/oauth/v2/auth?"
        };
        assert!(request.url.expose().starts_with(endpoint), "{url}");
        let sent = |wanted: &str| -> Vec<Cow<'_, str>> {
            url.query_pairs().filter(|(name, _)| name == wanted).map(|(_, value)| value).collect()
        };
        assert_eq!(sent("response_type"), ["code"], "{url}");
        assert_eq!(sent("state"), [request.pending.state.expose()], "{url}");
        assert_eq!(sent("code_challenge").len(), 1, "{url}");
        assert_eq!(sent("code_challenge_method"), ["S256"], "{url}");
        assert_eq!(sent("redirect_uri"), [request.pending.redirect_uri.as_str()], "{url}");
        assert!(sent("client_secret").is_empty(), "{url}");
        for (name, value) in parameters.iter().filter(|(name, _)| !OWN.contains(name)) {
            assert_eq!(sent(name), [*value], "{url}");
        }
        stays_here(return_to);
    }
}

/// A browser that follows `return_to` stays at the application.
fn stays_here(return_to: Option<&str>) {
    let Some(path) = return_to else { return };
    for base in ["https://app.example/", "https://app.example/a/b/callback?code=x"] {
        let base = Url::parse(base).expect("a URL");
        let target = base.join(path).expect("a path is resolved");
        assert_eq!(target.origin(), base.origin(), "{path}");
        // Once more, since a server may normalize the path before it redirects.
        let again = base.join(target.path()).expect("a path is resolved");
        assert_eq!(again.origin(), base.origin(), "{path}");
    }
}
