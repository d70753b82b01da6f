//! Each status with each kind of body.

use grantkit::{Error, Response};

use crate::fixture::{fixture, now};
use crate::row::read;

#[test]
fn each_status_with_each_body() {
    let file = read("matrix.json");
    let mut cells = 0;
    for (profile, statuses) in file["profiles"].as_object().unwrap() {
        let client = fixture(profile).client();
        let request = fixture(profile).refresh(&client);
        for (status, row) in statuses.as_object().unwrap() {
            for (kind, body) in file["bodies"].as_object().unwrap() {
                let body = body.as_str().unwrap().as_bytes();
                let response = Response { status: status.parse().unwrap(), retry_after: None, body };
                let parsed = request.parse(&client, &response, now());
                let seen = parsed.map_or_else(|error| summary(&error), |_| "tokens".to_owned());
                assert_eq!(Some(seen.as_str()), row[kind].as_str(), "{profile}: {kind} with {status}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 2 * 12 * 11);
}

fn summary(error: &Error) -> String {
    let mut summary = error.code.as_str().to_owned();
    if error.retryable {
        summary.push_str(", retryable");
    }
    if let Some(wait) = error.retry_after {
        summary.push_str(&format!(", {}", wait.as_secs()));
    }
    summary
}
