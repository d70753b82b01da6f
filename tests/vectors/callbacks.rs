//! Callbacks.

use std::sync::LazyLock;

use grantkit::oauth::authorization_response;
use grantkit::oauth::client::Client;
use serde_json::{Value, json};

use crate::fixture::{fixture, now};
use crate::row::{self, Row, each, rows, shows_none};

static CALLBACKS: LazyLock<Vec<Value>> = LazyLock::new(|| row::read_all("callbacks"));

#[test]
fn callbacks() {
    each(CALLBACKS.iter().flat_map(rows), 250, validate);
}

fn validate(row: &Row<'static>) {
    let fixture = fixture(row.text("client").expect("client"));
    let packed = fixture.packed();
    let client = Client::unpack(packed.expose()).unwrap();
    let pending = fixture.pending(row.get("pending"));
    let url = match row.text("query") {
        Some(query) => [pending.redirect_uri, "?", query].concat(),
        None => row.text("callback").expect("callback").to_owned(),
    };
    match authorization_response::validate(&client, &url, &pending, now()) {
        Ok(checked) => {
            let mut seen = json!({ "code": checked.code.expose() });
            if let Some(site) = checked.site {
                seen["accounts_server"] = site.accounts().into();
            }
            assert_eq!(Some(&seen), row.row.get("response"), "{}", row.name());
            if checked.code.expose().len() > 10 {
                shows_none(&format!("{checked:?}"), &[checked.code.expose()], row.name());
            }
        }
        Err(error) => row.is_error(&error, &fixture.secrets()),
    }
}
