use grantkit::testing::{FakeZoho, Fault, Request, ways};
use serde_json::{Value, json};

use crate::support::*;

const API: &str = "https://www.zohoapis.com/crm/v8/Products?fields=id";
const ALL: &str = "http_500_html, http_503, html_200, redirect";
const LOST: &str = "reset, slow, stall, endless";

#[test]
fn an_unknown_failure_lists_those_that_exist() {
    let mut zoho = zoho();
    let mut refusal = |endpoint, how| zoho.fail(endpoint, how, 1).unwrap_err().to_string();
    assert_eq!(refusal("tokens", "reset"), "no endpoint is called \"tokens\": use one of token, revoke, api");
    assert_eq!(
        refusal("token", "http_418"),
        format!(
            "no way to fail is called \"http_418\": use one of {ALL}, throttle, throttle_localised, invalid_client, \
             invalid_client_secret, invalid_code, general_error, empty, truncated, not_json, oversized, \
             expires_in_ms, expires_in_string, no_token_type, no_refresh_token, no_api_domain, no_scope, \
             token_with_newline, error_and_token, {LOST}"
        )
    );
    assert_eq!(
        refusal("revoke", "expires_in_ms"),
        format!(
            "no way to fail is called \"expires_in_ms\": use one of {ALL}, throttle, throttle_localised, \
             invalid_client, invalid_client_secret, empty, truncated, not_json, oversized, {LOST}"
        )
    );
    assert_eq!(
        refusal("api", "throttle"),
        format!(
            "no way to fail is called \"throttle\": use one of {ALL}, invalid_token, authentication_failure, \
             oauth_scope_mismatch, no_permission, too_many_requests, empty, truncated, not_json, oversized, {LOST}"
        )
    );
}

/// The response of the failed refresh, and whether the server did the work of the request.
fn failed(how: &str) -> (grantkit::testing::Response, bool) {
    let mut zoho = zoho();
    let refresh_token = sign_in(&mut zoho, &[]).refresh;
    zoho.fail("token", how, 1).unwrap();
    let response = refresh(&mut zoho, US, &refresh_token);
    // Ten refreshes fill a window: one fewer is left if the failed one took effect.
    let left = (0..10).filter(|_| refresh(&mut zoho, US, &refresh_token).error.is_none()).count();
    assert!((9..=10).contains(&left));
    (response, left == 9)
}

#[test]
fn a_failure_that_replaces_the_response_changes_no_state() {
    for (how, status, body) in [
        ("throttle", 400, throttled()),
        (
            "throttle_localised",
            400,
            json!({
                "error_description": "您连续提出的请求过多。请过一段时间再试。",
                "error": "拒绝访问",
                "status": "failure",
            }),
        ),
        ("invalid_client", 200, json!({ "error": "invalid_client" })),
        ("invalid_client_secret", 200, json!({ "error": "invalid_client_secret" })),
        ("invalid_code", 200, json!({ "error": "invalid_code" })),
        ("general_error", 200, json!({ "error": "general_error" })),
    ] {
        let (response, done) = failed(how);
        assert_response(&response, status, body.clone());
        assert_eq!((response.error.as_deref(), done), (body["error"].as_str(), false), "{how}");
    }
    for (how, status, retry_after) in
        [("http_500_html", 500, None), ("http_503", 503, Some("120")), ("html_200", 200, None)]
    {
        let (response, done) = failed(how);
        assert_eq!(
            (response.status, response.find("retry-after"), done),
            (status, retry_after, false),
            "{how}"
        );
        assert_eq!(response.find("content-type"), Some("text/html;charset=UTF-8"));
        assert!(response.body.starts_with(b"<!DOCTYPE html>"), "{how}");
        assert_eq!(response.error.as_deref(), Some(how));
    }
    let (response, done) = failed("redirect");
    assert_eq!(
        (response.status, response.find("location"), done),
        (302, Some("https://elsewhere.example/"), false)
    );
}

#[test]
fn a_failure_that_damages_the_response_happens_after_the_work() {
    let token = |body: &Value| assert_token(body["access_token"].as_str().unwrap(), "1000");
    let members = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    for (how, changed) in [
        ("expires_in_ms", json!({ "expires_in": 3_600_000, "expires_in_sec": 3600 })),
        ("expires_in_string", json!({ "expires_in": "3600" })),
        ("error_and_token", json!({ "error": "invalid_code" })),
    ] {
        let (response, done) = failed(how);
        let body = json(&response);
        token(&body);
        for (name, value) in changed.as_object().unwrap() {
            assert_eq!(&body[name], value, "{how}");
        }
        assert_eq!((response.status, done), (200, true), "{how}");
    }
    for (how, left) in [
        ("no_token_type", "access_token api_domain expires_in scope"),
        ("no_api_domain", "access_token expires_in scope token_type"),
        ("no_scope", "access_token api_domain expires_in token_type"),
    ] {
        let (response, done) = failed(how);
        token(&json(&response));
        assert_eq!((members(&json(&response)), done), (left.to_owned(), true), "{how}");
    }
    let (response, done) = failed("token_with_newline");
    let text = text(&json(&response), "access_token");
    assert_token(text.strip_suffix("\r\nX-Injected: 1").unwrap(), "1000");
    assert!(done);

    let (response, done) = failed("oversized");
    assert!(response.body.len() > 256 * 1024);
    token(&json(&response));
    assert!(done);

    let (response, done) = failed("truncated");
    let cut = String::from_utf8(response.body).unwrap();
    assert!(cut.starts_with("{\"access_token\":\"1000.") && !cut.ends_with('}'), "{cut}");
    assert!(done);

    for (how, body) in [("empty", &b""[..]), ("not_json", b"The request was served.")] {
        let (response, done) = failed(how);
        assert_eq!((response.status, response.body.as_slice(), done), (200, body, true), "{how}");
    }
    for (how, fault) in
        [("reset", Fault::Reset), ("slow", Fault::Slow), ("stall", Fault::Stall), ("endless", Fault::Endless)]
    {
        let (response, done) = failed(how);
        token(&json(&response));
        assert_eq!((response.fault, fault.name(), done), (Some(fault), how, true));
    }
}

#[test]
fn a_refresh_token_can_be_omitted_and_lost() {
    let mut zoho = zoho();
    zoho.fail("token", "no_refresh_token", 1).unwrap();
    let code = web_code(&mut zoho, "uma@example.com", &[]);
    assert_eq!(json(&exchange(&mut zoho, US, &code, &[])).get("refresh_token"), None);
    let code = web_code(&mut zoho, "uma@example.com", &[]);
    let second = json(&exchange(&mut zoho, US, &code, &[]));
    assert_eq!(second.get("refresh_token"), None, "the server had given one");
}

#[test]
fn an_error_response_is_not_damaged() {
    for how in ["expires_in_ms", "no_token_type", "token_with_newline", "error_and_token"] {
        let mut zoho = zoho();
        zoho.fail("token", how, 1).unwrap();
        assert_response(&refresh(&mut zoho, US, "1000.0.0"), 200, json!({ "error": "invalid_code" }));
    }
}

#[test]
fn each_endpoint_has_a_queue_of_failures() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    zoho.fail("token", "throttle", 2).unwrap();
    zoho.fail("token", "invalid_client", 1).unwrap();
    zoho.fail("api", "no_permission", 1).unwrap();
    let errors = |zoho: &mut FakeZoho| refresh(zoho, US, &tokens.refresh).error.unwrap_or_default();
    assert_eq!([errors(&mut zoho), errors(&mut zoho)], ["Access Denied", "Access Denied"]);
    let response = api(&mut zoho, API, &tokens.access);
    assert_response(&response, 403, crm_error("NO_PERMISSION", "permission denied"));
    assert_eq!([errors(&mut zoho), errors(&mut zoho)], ["invalid_client", ""]);
    assert_eq!(api(&mut zoho, API, &tokens.access).status, 200);

    zoho.fail("token", "throttle", 100).unwrap();
    zoho.fail("api", "http_503", 1).unwrap();
    zoho.fail("token", "throttle", 0).unwrap();
    assert_eq!(errors(&mut zoho), "");
    assert_eq!(api(&mut zoho, API, &tokens.access).status, 503);
}

#[test]
fn the_api_fails_with_its_own_error_codes() {
    for (how, status, code, message) in [
        ("invalid_token", 401, "INVALID_TOKEN", "invalid oauth token"),
        ("authentication_failure", 401, "AUTHENTICATION_FAILURE", "Authentication failed"),
        ("oauth_scope_mismatch", 401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL"),
        ("no_permission", 403, "NO_PERMISSION", "permission denied"),
        (
            "too_many_requests",
            429,
            "TOO_MANY_REQUESTS",
            "You have crossed the limit of simultaneous requests",
        ),
    ] {
        let mut zoho = zoho();
        let access = sign_in(&mut zoho, &[]).access;
        zoho.fail("api", how, 1).unwrap();
        assert_response(&api(&mut zoho, API, &access), status, crm_error(code, message));
        assert_eq!(api(&mut zoho, API, &access).status, 200, "{how}");
    }
}

#[test]
fn revocation_fails_before_or_after_the_work() {
    for how in ways("revoke").unwrap() {
        let mut zoho = zoho();
        let tokens = sign_in(&mut zoho, &[]);
        zoho.fail("revoke", how, 1).unwrap();
        zoho.handle(&Request::post(&format!("{US}/oauth/v2/token/revoke"), &[("token", &tokens.refresh)]));
        let after = ["empty", "truncated", "not_json", "oversized", "reset", "slow", "stall", "endless"];
        assert_eq!(opens(&mut zoho, &tokens.access), !after.contains(&how), "{how}");
    }
}
