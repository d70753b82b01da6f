//! Each status with each kind of body.

use grantkit::oauth::client::Client;
use grantkit::oauth::error::Error;
use grantkit::oauth::http::Answer;
use grantkit::oauth::token_request::{self, Earlier};
use grantkit::oauth::token_response;

use crate::fixture::{fixture, now};
use crate::row::read;

#[test]
fn each_status_with_each_body() {
    let file = read("matrix.json");
    let mut cells = 0;
    for (profile, statuses) in file["profiles"].as_object().unwrap() {
        let packed = fixture(profile).packed();
        let client = Client::unpack(packed.expose()).unwrap();
        let earlier = Earlier {
            refresh_token: fixture(profile).tokens()["refresh_token"].as_str().unwrap().into(),
            accounts_server: "",
            api_domain: "",
            scope: "",
        };
        let exchange = token_request::refresh(&client, &earlier, None).unwrap();
        let (_, expectation) = exchange.parts();
        for (status, row) in statuses.as_object().unwrap() {
            for (kind, body) in file["bodies"].as_object().unwrap() {
                let body = body.as_str().unwrap().as_bytes();
                let answer = Answer { status: status.parse().unwrap(), retry_after: None, body };
                let outcome = token_response::judge(&client, &expectation, answer, now());
                let seen = outcome.map_or_else(|error| said(&error), |_| "tokens".to_owned());
                assert_eq!(Some(seen.as_str()), row[kind].as_str(), "{profile}: {kind} with {status}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 2 * 12 * 11);
}

fn said(error: &Error) -> String {
    let mut said = error.code.as_str().to_owned();
    if error.retryable {
        said.push_str(", retryable");
    }
    if let Some(seconds) = error.retry_after {
        said.push_str(&format!(", {seconds}"));
    }
    said
}
