//! Token responses and revocation responses.

use std::sync::LazyLock;

use grantkit::oauth::client::Client;
use grantkit::oauth::http::Answer;
use grantkit::oauth::revocation::{self, Kind, Outcome};
use grantkit::oauth::token_response;
use serde_json::Value;

use crate::fixture::{fixture, now};
use crate::row::{self, Row, each, parse, rows, shows_none};

static TOKEN_RESPONSES: LazyLock<Vec<Value>> = LazyLock::new(|| row::read_all("token_responses"));
static REVOCATIONS: LazyLock<Value> = LazyLock::new(|| row::read("revocation_responses.json"));

#[test]
fn token_responses() {
    each(TOKEN_RESPONSES.iter().flat_map(rows), 400, judge);
}

fn judge(row: &Row<'static>) {
    let fixture = fixture(row.text("client").expect("client"));
    let packed = fixture.packed();
    let client = Client::unpack(packed.expose()).unwrap();
    let exchange = fixture.exchange(&client, row).unwrap();
    let (_, expectation) = exchange.parts();
    let body = row.body();
    let answer = Answer { status: row.status(), retry_after: row.text("retry_after"), body: &body };
    match token_response::judge(&client, &expectation, answer, now()) {
        Ok(tokens) => {
            let seen = parse(tokens.to_json().expose());
            assert_eq!(Some(&seen), row.row.get("tokens"), "{}", row.name());
            for name in ["access_token", "refresh_token", "id_token"] {
                let token = seen[name].as_str().filter(|token| token.len() > 2);
                shows_none(&format!("{tokens:?}"), token.as_slice(), row.name());
            }
        }
        Err(error) => row.is_error(&error, &fixture.secrets()),
    }
}

#[test]
fn revocation_responses() {
    each(rows(&REVOCATIONS), 30, judge_revocation);
}

fn judge_revocation(row: &Row<'static>) {
    let fixture = fixture(row.text("client").expect("client"));
    let packed = fixture.packed();
    let client = Client::unpack(packed.expose()).unwrap();
    let token = fixture.tokens()["refresh_token"].as_str().unwrap();
    let exchange = revocation::request(&client, token.into(), Kind::Refresh, "", 0).unwrap().unwrap();
    let (_, expectation) = exchange.parts();
    let body = row.body();
    let answer = Answer { status: row.status(), retry_after: row.text("retry_after"), body: &body };
    match revocation::judge(&client, &expectation, answer, now()) {
        Ok(outcome) => {
            let seen = if outcome == Outcome::Revoked { "revoked" } else { "unknown" };
            assert_eq!(Some(seen), row.text("outcome"), "{}", row.name());
        }
        Err(error) => row.is_error(&error, &fixture.secrets()),
    }
}
