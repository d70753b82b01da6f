//! Token responses and revocation responses.

use std::sync::LazyLock;

use grantkit::oauth::revocation::{RevocationOutcome, TokenType};
use grantkit::{Response, RevocationRequest, Secret};
use serde_json::Value;

use crate::fixture::{fixture, now};
use crate::row::{self, each, parse, rows, shows_none};

static TOKEN_RESPONSES: LazyLock<Vec<Value>> = LazyLock::new(|| row::read_all("token_responses"));
static REVOCATIONS: LazyLock<Value> = LazyLock::new(|| row::read("revocation_responses.json"));

#[test]
fn token_responses() {
    each(TOKEN_RESPONSES.iter().flat_map(rows), 400, |row| {
        let fixture = fixture(row.text("client").expect("client"));
        let client = fixture.client();
        let request = fixture.token_request(&client, row).unwrap();
        let body = row.body();
        let response = Response { status: row.status(), retry_after: row.text("retry_after"), body: &body };
        match request.parse(&client, &response, now()) {
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
    });
}

#[test]
fn revocation_responses() {
    each(rows(&REVOCATIONS), 30, |row| {
        let fixture = fixture(row.text("client").expect("client"));
        let client = fixture.client();
        let token = Secret::from(fixture.refresh_token());
        let request =
            RevocationRequest::new(&client, &token, TokenType::RefreshToken, "", 0).unwrap().unwrap();
        let body = row.body();
        let response = Response { status: row.status(), retry_after: row.text("retry_after"), body: &body };
        match request.parse(&client, &response, now()) {
            Ok(outcome) => {
                let seen = if outcome == RevocationOutcome::Revoked { "revoked" } else { "unknown" };
                assert_eq!(Some(seen), row.text("outcome"), "{}", row.name());
            }
            Err(error) => row.is_error(&error, &fixture.secrets()),
        }
    });
}
