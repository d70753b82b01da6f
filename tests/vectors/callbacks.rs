//! Authorization responses.

use std::sync::LazyLock;

use grantkit::AuthorizationResponse;
use serde_json::{Value, json};

use crate::fixture::{fixture, now};
use crate::row::{self, Row, each, rows, shows_none};

static CALLBACKS: LazyLock<Vec<Value>> = LazyLock::new(|| row::read_all("callbacks"));

#[test]
fn callbacks() {
    each(CALLBACKS.iter().flat_map(rows), 250, validate);
}

#[test]
fn a_callback_has_at_most_64_kib() {
    let fixture = fixture("rfc");
    let pending = fixture.pending(None);
    let of = |length: usize| {
        let callback = fixture.callback();
        let filled = format!("{callback}&x={}", "a".repeat(length - callback.len() - 3));
        assert_eq!(filled.len(), length);
        AuthorizationResponse::validate(&fixture.client(), &filled, &pending, now())
    };
    assert!(of(1 << 16).is_ok());
    let error = of((1 << 16) + 1).unwrap_err();
    assert!(error.to_string().contains("longer than 64 KiB"), "{error}");
}

fn validate(row: &Row<'static>) {
    let fixture = fixture(row.text("client").expect("client"));
    let pending = fixture.pending(row.get("pending"));
    let url = match row.text("query") {
        Some(query) => [&pending.redirect_uri, "?", query].concat(),
        None => row.text("callback").expect("callback").to_owned(),
    };
    match AuthorizationResponse::validate(&fixture.client(), &url, &pending, now()) {
        Ok(response) => {
            let mut seen = json!({ "code": response.code.expose() });
            if let Some(accounts_server) = &response.accounts_server {
                seen["accounts_server"] = accounts_server.as_str().into();
            }
            assert_eq!(Some(&seen), row.row.get("response"), "{}", row.name());
            if response.code.expose().len() > 10 {
                shows_none(&format!("{response:?}"), &[response.code.expose()], row.name());
            }
        }
        Err(error) => row.is_error(&error, &fixture.secrets()),
    }
}
