//! Configurations, and the requests that clients send.

use std::sync::LazyLock;

use grantkit::oauth::authorization_request::{self, Options, Pending};
use grantkit::oauth::client::{self, Client};
use grantkit::oauth::revocation::{self, Kind};
use grantkit::oauth::token_request::{self, Exchange};
use serde_json::{Value, json};

use crate::fixture::{config, fixture, now};
use crate::row::{self, Row, bytes, each, rows, shows_none};

static AUTHORIZATION: LazyLock<Value> = LazyLock::new(|| row::read("requests/authorization.json"));
static TOKEN: LazyLock<Value> = LazyLock::new(|| row::read("requests/token.json"));
static REVOCATION: LazyLock<Value> = LazyLock::new(|| row::read("requests/revocation.json"));

#[test]
fn configurations() {
    let file = row::read("configurations.json");
    each(rows(&file), 70, |row| {
        let error = client::pack(&config(&row.row["config"])).expect_err(row.name());
        row.is_error(&error, &["gX1fBat3bV", "us-secret-5f1c0a77"]);
    });
}

#[test]
fn authorization_requests() {
    let random = bytes(AUTHORIZATION["random_hex"].as_str().unwrap()).try_into().unwrap();
    each(rows(&AUTHORIZATION), 35, |row| {
        let packed = fixture(row.text("client").unwrap()).packed();
        let client = Client::unpack(packed.expose()).unwrap();
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
        let options = Options {
            scope: &scope,
            parameters: &parameters,
            return_to: given["return_to"].as_str(),
            max_age: given["maxAge"].as_i64(),
        };
        match authorization_request::request(&client, &options, &random, now()) {
            Ok(started) => {
                let (url, pending) = started.parts();
                assert_eq!(Some(url), row.text("url"), "{}", row.name());
                assert_eq!(Some(&view(&pending)), row.row.get("pending"), "{}", row.name());
                let secrets = [pending.state.expose(), pending.code_verifier.expose()];
                shows_none(&format!("{started:?} {pending:?}"), &secrets, row.name());
            }
            Err(error) => row.is_error(&error, &[]),
        }
    });
}

/// What is kept of an attempt, by the names that the package gives it.
fn view(pending: &Pending<'_>) -> Value {
    let mut view = json!({
        "state": pending.state.expose(),
        "code_verifier": pending.code_verifier.expose(),
        "issuer": pending.issuer,
        "redirect_uri": pending.redirect_uri,
        "created_at": pending.created_at,
        "expires_at": pending.expires_at,
    });
    if pending.offline {
        view["offline"] = true.into();
    }
    if let Some(path) = pending.return_to {
        view["return_to"] = path.into();
    }
    view
}

#[test]
fn token_requests() {
    each(rows(&TOKEN), 30, |row| {
        let fixture = fixture(row.text("client").unwrap());
        let packed = fixture.packed();
        let client = Client::unpack(packed.expose()).unwrap();
        shows_none(&format!("{client:?}"), &fixture.secrets(), row.name());
        match fixture.exchange(&client, row) {
            Ok(exchange) => assert_eq!(Some(&sent(&exchange, row)), row.row.get("request"), "{}", row.name()),
            Err(error) => row.is_error(&error, &fixture.secrets()),
        }
    });
}

#[test]
fn revocation_requests() {
    each(rows(&REVOCATION), 12, |row| {
        let fixture = fixture(row.text("client").unwrap());
        let packed = fixture.packed();
        let client = Client::unpack(packed.expose()).unwrap();
        let earlier = &row.row["earlier"];
        let kind = if row.text("token") == Some("access_token") { Kind::Access } else { Kind::Refresh };
        let name = if kind == Kind::Access { "access_token" } else { "refresh_token" };
        let (token, issuer) = (&earlier[name], earlier["accounts_server"].as_str().unwrap_or_default());
        let token = token.as_str().unwrap_or_default();
        let attempts: Result<Vec<_>, _> = (0..)
            .map(|attempt| revocation::request(&client, token.into(), kind, issuer, attempt))
            .map_while(Result::transpose)
            .map(|exchange| exchange.map(|exchange| sent(&exchange, row)))
            .take(10)
            .collect();
        match attempts {
            Ok(attempts) => {
                assert_eq!(Some(&Value::Array(attempts)), row.row.get("requests"), "{}", row.name())
            }
            Err(error) => row.is_error(&error, &fixture.secrets()),
        }
    });
}

/// Only a native caller can give both.
#[test]
fn the_secret_of_a_data_centre_wins_over_the_one_for_all() {
    let file = row::read("clients.json");
    let mut config = config(&file["clients"]["zoho"]["config"]);
    config.client_secret = vec![("", "for-all-0c4d".into()), ("eu", "for-eu-77b1".into())];
    let packed = client::pack(&config).unwrap();
    let client = Client::unpack(packed.expose()).unwrap();
    for (location, secret) in
        [(None, "for-all-0c4d"), (Some("eu"), "for-eu-77b1"), (Some("in"), "for-all-0c4d")]
    {
        let exchange = token_request::code(&client, "a", location).unwrap();
        let (request, _) = exchange.parts();
        let expected =
            ["grant_type=authorization_code&code=a&client_id=1000.VECTORCLIENT&client_secret=", secret]
                .concat();
        assert_eq!(request.body.expose(), expected, "{location:?}");
    }
}

fn sent(exchange: &Exchange, row: &Row<'_>) -> Value {
    let (request, expectation) = exchange.parts();
    assert_eq!(request.url, expectation.endpoint, "{}", row.name());
    let mut view = json!({ "url": request.url, "body": request.body.expose() });
    let mut secrets = vec![request.body.expose(), expectation.presented.expose()];
    if let Some(authorization) = request.authorization {
        view["authorization"] = authorization.expose().into();
        secrets.push(authorization.expose());
    }
    shows_none(&format!("{exchange:?} {request:?} {expectation:?}"), &secrets, row.name());
    view
}
