//! Configurations, and the requests that clients send.

use std::sync::LazyLock;
use std::time::Duration;

use grantkit::oauth::authorization_request::Options;
use grantkit::oauth::revocation::TokenType;
use grantkit::{AuthorizationRequest, Client, Pending, Request, RevocationRequest, Secret, TokenRequest};
use serde_json::{Value, json};

use crate::fixture::{config, fixture, now};
use crate::row::{self, Row, bytes, each, rows, shows_none};

static AUTHORIZATION: LazyLock<Value> = LazyLock::new(|| row::read("requests/authorization.json"));
static TOKEN: LazyLock<Value> = LazyLock::new(|| row::read("requests/token.json"));
static REVOCATION: LazyLock<Value> = LazyLock::new(|| row::read("requests/revocation.json"));

/// Whether the package rejects a configuration before the core sees it: only the package knows profiles by name.
fn has_unknown_profile(row: &Row<'_>) -> bool {
    let message = row.row["error"]["message"].as_str();
    message.is_some_and(|message| message.starts_with("server.profile is unknown"))
}

#[test]
fn configurations() {
    let file = row::read("configurations.json");
    assert_eq!(rows(&file).filter(has_unknown_profile).count(), 1);
    each(rows(&file).filter(|row| !has_unknown_profile(row)), 70, |row| {
        let error = Client::new(config(&row.row["config"])).expect_err(row.name());
        row.is_error(&error, &["gX1fBat3bV", "us-secret-5f1c0a77"]);
    });
}

#[test]
fn authorization_requests() {
    let random = bytes(AUTHORIZATION["random_hex"].as_str().unwrap()).try_into().unwrap();
    each(rows(&AUTHORIZATION), 35, |row| {
        let client = fixture(row.text("client").unwrap()).client();
        let given = &row.row["options"];
        let scope = match &given["scope"] {
            Value::Array(scopes) => {
                scopes.iter().map(|scope| scope.as_str().unwrap()).collect::<Vec<_>>().join(" ")
            }
            scope => scope.as_str().unwrap().to_owned(),
        };
        let parameters: Vec<_> = given["parameters"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        // A Duration is not negative, so -1 is as short as it can be.
        let max_age = given["maxAge"].as_i64().map(|seconds| u64::try_from(seconds).unwrap_or_default());
        let options = Options {
            scope: &scope,
            parameters: &parameters,
            return_to: given["return_to"].as_str(),
            max_age: max_age.map(Duration::from_secs),
        };
        match AuthorizationRequest::new(&client, &options, &random, now()) {
            Ok(request) => {
                let AuthorizationRequest { url, pending, .. } = &request;
                assert_eq!(Some(url.expose()), row.text("url"), "{}", row.name());
                assert_eq!(Some(&view(pending)), row.row.get("pending"), "{}", row.name());
                let secrets = [pending.state.expose(), pending.code_verifier.expose()];
                shows_none(&format!("{request:?} {pending:?}"), &secrets, row.name());
            }
            Err(error) => row.is_error(&error, &[]),
        }
    });
}

/// A `Pending` by the member names of the package.
fn view(pending: &Pending) -> Value {
    let mut view = json!({
        "state": pending.state.expose(),
        "code_verifier": pending.code_verifier.expose(),
        "issuer": pending.issuer,
        "redirect_uri": pending.redirect_uri,
        "created_at": pending.created_at.seconds(),
        "expires_at": pending.expires_at.seconds(),
    });
    if pending.offline {
        view["offline"] = true.into();
    }
    if let Some(path) = &pending.return_to {
        view["return_to"] = path.as_str().into();
    }
    view
}

#[test]
fn token_requests() {
    each(rows(&TOKEN), 30, |row| {
        let fixture = fixture(row.text("client").unwrap());
        let client = fixture.client();
        shows_none(&format!("{client:?}"), &fixture.secrets(), row.name());
        match fixture.token_request(&client, row) {
            Ok(request) => {
                let seen = sent(request.http(), &format!("{request:?}"), row);
                assert_eq!(Some(&seen), row.row.get("request"), "{}", row.name());
            }
            Err(error) => row.is_error(&error, &fixture.secrets()),
        }
    });
}

#[test]
fn revocation_requests() {
    each(rows(&REVOCATION), 12, |row| {
        let fixture = fixture(row.text("client").unwrap());
        let client = fixture.client();
        let token_type = match row.text("token") {
            Some("access_token") => TokenType::AccessToken,
            _ => TokenType::RefreshToken,
        };
        let earlier = &row.row["earlier"];
        let token = Secret::from(earlier[token_type.name()].as_str().unwrap_or_default());
        let accounts_server = earlier["accounts_server"].as_str().unwrap_or_default();
        let requests: Result<Vec<_>, _> = (0..)
            .map(|attempt| RevocationRequest::new(&client, &token, token_type, accounts_server, attempt))
            .map_while(Result::transpose)
            .map(|request| request.map(|request| sent(request.http(), &format!("{request:?}"), row)))
            .take(10)
            .collect();
        match requests {
            Ok(requests) => {
                assert_eq!(Some(&Value::Array(requests)), row.row.get("requests"), "{}", row.name())
            }
            Err(error) => row.is_error(&error, &fixture.secrets()),
        }
    });
}

/// Only a native caller can give both.
#[test]
fn the_secret_of_a_region_wins_over_the_one_for_all() {
    let file = row::read("clients.json");
    let mut config = config(&file["clients"]["zoho"]["config"]);
    config.client_secret = "for-all-0c4d".into();
    config.client_secret.by_location = vec![("eu".to_owned(), "for-eu-77b1".into())];
    let client = Client::new(config).unwrap();
    for (location, secret) in
        [(None, "for-all-0c4d"), (Some("eu"), "for-eu-77b1"), (Some("in"), "for-all-0c4d")]
    {
        let request = TokenRequest::code(&client, "a", location).unwrap();
        let expected =
            ["grant_type=authorization_code&code=a&client_id=1000.VECTORCLIENT&client_secret=", secret]
                .concat();
        assert_eq!(request.http().body.expose(), expected, "{location:?}");
    }
}

/// What is sent. Neither `shown`, the `Debug` of the whole, nor that of the HTTP request shows a secret of it.
fn sent(request: &Request, shown: &str, row: &Row<'_>) -> Value {
    let body = request.body.expose();
    let mut view = json!({ "url": request.url, "body": body });
    let carries_secret = ["code", "code_verifier", "refresh_token", "token", "client_secret"];
    let parameters: Vec<_> = form_urlencoded::parse(body.as_bytes())
        .filter(|(name, _)| carries_secret.contains(&name.as_ref()))
        .collect();
    assert!(!parameters.is_empty(), "{}: {body}", row.name());
    let mut secrets: Vec<_> = parameters.iter().map(|(_, value)| value.as_ref()).chain([body]).collect();
    if let Some(authorization) = &request.authorization {
        view["authorization"] = authorization.expose().into();
        secrets.push(authorization.expose());
    }
    shows_none(&format!("{shown} {request:?}"), &secrets, row.name());
    view
}
