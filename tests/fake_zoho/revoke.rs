use base64ct::{Base64, Encoding};
use grantkit::testing::{FakeZoho, Request, Response};
use serde_json::json;

use crate::support::*;

fn old(zoho: &mut FakeZoho, accounts: &str, token: &str) -> Response {
    zoho.handle(&Request::post(&format!("{accounts}/oauth/v2/token/revoke"), &[("token", token)]))
}

fn new(zoho: &mut FakeZoho, accounts: &str, credentials: &str, parameters: &[(&str, &str)]) -> Response {
    let header = format!("Basic {}", Base64::encode_string(credentials.as_bytes()));
    let url = format!("{accounts}/oauth/v2/revoke/token");
    zoho.handle(&Request::post(&url, parameters).header("authorization", &header))
}

const US_CREDENTIALS: &str = "1000.WEB:secret-us";

#[test]
fn the_old_form_needs_only_the_token() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    let renewed = text(&json(&refresh(&mut zoho, US, &tokens.refresh)), "access_token");
    assert_response(&old(&mut zoho, US, &renewed), 200, json!({ "status": "success" }));
    assert!(opens(&mut zoho, &tokens.access) && !opens(&mut zoho, &renewed));

    let query = format!("{US}/oauth/v2/token/revoke?token={}", tokens.refresh);
    let response = zoho.handle(&Request::post(&query, &[]));
    assert_response(&response, 200, json!({ "status": "success" }));
    assert!(!opens(&mut zoho, &tokens.access), "its access tokens are revoked too");
    assert_response(&refresh(&mut zoho, US, &tokens.refresh), 200, json!({ "error": "invalid_code" }));
    for token in [tokens.refresh.as_str(), "1000.0.0", ""] {
        assert_response(&old(&mut zoho, US, token), 400, json!({ "error": "invalid_token" }));
    }
}

#[test]
fn the_new_form_authenticates_the_client() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    let bare = Request::post(
        &format!("{US}/oauth/v2/revoke/token"),
        &[("token", tokens.refresh.as_str()), ("client_id", WEB), ("client_secret", "secret-us")],
    );
    assert_response(&zoho.handle(&bare), 400, json!({ "error": "invalid_client" }));
    for (credentials, parameters, error) in [
        ("1000.NONE:s", &[("token", tokens.refresh.as_str())][..], "invalid_client"),
        ("1000.WEB:secret-eu", &[("token", &tokens.refresh)], "invalid_client_secret"),
        (US_CREDENTIALS, &[("token", &tokens.access)], "invalid_token"),
        (US_CREDENTIALS, &[("token", &tokens.refresh), ("token_type", "access_token")], "invalid_token"),
        (US_CREDENTIALS, &[("token", &tokens.refresh), ("token_type", "id_token")], "invalid_token"),
        (US_CREDENTIALS, &[], "invalid_token"),
    ] {
        assert_response(&new(&mut zoho, US, credentials, parameters), 400, json!({ "error": error }));
    }
    let code = web_code(&mut zoho, "eva@example.eu", &[]);
    let european = text(&json(&exchange(&mut zoho, EU, &code, &[])), "refresh_token");
    let foreign = new(&mut zoho, EU, "1004.SELF:secret-self", &[("token", &european)]);
    assert_response(&foreign, 400, json!({ "error": "invalid_token" }));

    let access = [("token", tokens.access.as_str()), ("token_type", "access_token")];
    assert_response(&new(&mut zoho, US, US_CREDENTIALS, &access), 200, json!({ "status": "success" }));
    assert!(!opens(&mut zoho, &tokens.access));
    assert_eq!(refresh(&mut zoho, US, &tokens.refresh).error, None);
    let named = [("token", tokens.refresh.as_str()), ("token_type", "refresh_token")];
    assert_response(&new(&mut zoho, US, US_CREDENTIALS, &named), 200, json!({ "status": "success" }));
    assert_response(&new(&mut zoho, US, US_CREDENTIALS, &named), 400, json!({ "error": "invalid_token" }));
    assert_response(&refresh(&mut zoho, US, &tokens.refresh), 200, json!({ "error": "invalid_code" }));
}

#[test]
fn the_data_centres_of_user_and_client_revoke() {
    for (accounts, status) in [(US, 200), (EU, 200), (IN, 400)] {
        let mut zoho = zoho();
        let code = web_code(&mut zoho, "eva@example.eu", &[]);
        let refresh_token = text(&json(&exchange(&mut zoho, EU, &code, &[])), "refresh_token");
        assert_eq!(old(&mut zoho, accounts, &refresh_token).status, status, "{accounts}");
    }
}

#[test]
fn only_post_revokes() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    for path in ["token/revoke", "revoke/token"] {
        let response = zoho.handle(&Request::get(&format!("{US}/oauth/v2/{path}?token={}", tokens.refresh)));
        assert_eq!((response.status, response.error.as_deref()), (400, Some("Bad Request")));
    }
    assert_eq!(refresh(&mut zoho, US, &tokens.refresh).error, None);
}

#[test]
fn after_the_last_refresh_token_a_consent_is_a_first_one() {
    let mut zoho = zoho();
    let first = sign_in(&mut zoho, &[]);
    let second = sign_in(&mut zoho, &[("prompt", "consent")]);
    for (token, expected) in [(first.refresh, false), (second.refresh, true)] {
        assert_eq!(old(&mut zoho, US, &token).status, 200);
        let code = web_code(&mut zoho, "uma@example.com", &[]);
        assert_eq!(json(&exchange(&mut zoho, US, &code, &[])).get("refresh_token").is_some(), expected);
    }
}

#[test]
fn revoke_all_revokes_every_token() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    let code = web_code(&mut zoho, "uma@example.com", &[]);
    zoho.revoke_all();
    assert!(!opens(&mut zoho, &tokens.access));
    assert_response(&refresh(&mut zoho, US, &tokens.refresh), 200, json!({ "error": "invalid_code" }));
    assert_response(&exchange(&mut zoho, US, &code, &[]), 200, json!({ "error": "invalid_code" }));
}
