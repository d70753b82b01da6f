//! The input is a row.

use serde_json::{Map, Value};

use super::text;
use crate::clients::{NOW, SECRET};
use crate::oauth::authorization_request::Options;
use crate::oauth::profile::Profile;
use crate::text::url;
use crate::{AuthorizationRequest, AuthorizationServer, Client, ClientConfig, TokenRequest, provider};

pub fn run(data: &[u8]) {
    let row = text(data);
    match provider::parse(&row) {
        Ok(profile) => {
            if let Ok(members) = serde_json::from_str::<Map<String, Value>>(&row) {
                has_what_the_row_says(&profile, &members);
            }
            makes_requests(profile);
        }
        Err(error) => {
            let error = error.to_string();
            let starts = ["the column ", "the row has no column ", "the row is not one JSON object"];
            assert!(starts.iter().any(|start| error.starts_with(start)), "{error}");
        }
    }
}

fn has_what_the_row_says(profile: &Profile, row: &Map<String, Value>) {
    let text = |name: &str| row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    assert_eq!(profile.issuer.as_deref(), text("issuer"));
    assert_eq!(profile.token_endpoint.as_deref(), text("token_endpoint"));
    let count = |name: &str| row.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    assert_eq!(profile.regions.len(), count("regions"));
    if row.get("revocation").is_some_and(Value::is_array) {
        assert_eq!(profile.revocation.len(), count("revocation"));
    }
}

/// A secret is sent only where the rules for URLs allow.
fn makes_requests(profile: Profile) {
    let server = AuthorizationServer { profile, ..AuthorizationServer::default() };
    let config = ClientConfig {
        server,
        client_id: "fuzz".to_owned(),
        client_secret: SECRET.into(),
        redirect_uri: Some("https://app.example/callback".to_owned()),
        ..ClientConfig::default()
    };
    let Ok(client) = Client::new(config) else { return };
    if let Ok(request) = TokenRequest::code(&client, "code", None) {
        let http = request.http();
        assert!(url::parse(&http.url).is_ok(), "{}", http.url);
        assert!(!http.url.contains(SECRET), "{}", http.url);
    }
    let options = Options { scope: "a", ..Options::default() };
    if let Ok(request) = AuthorizationRequest::new(&client, &options, &[7; 64], NOW) {
        assert!(!request.url.expose().contains(SECRET));
        assert!(url::parse(request.url.expose()).is_ok(), "{}", request.url.expose());
    }
}
