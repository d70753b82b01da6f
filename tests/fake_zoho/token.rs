use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use grantkit::testing::Request;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::*;

#[test]
fn a_code_becomes_tokens_and_a_refresh_token_an_access_token() {
    let mut zoho = zoho();
    let code = web_code(&mut zoho, "eva@example.eu", &[]);
    let response = exchange(&mut zoho, EU, &code, &[]);
    let body = json(&response);
    let (access, refresh_token) = (text(&body, "access_token"), text(&body, "refresh_token"));
    for token in [&access, &refresh_token] {
        assert_token(token, "1000");
    }
    let mut expected = json!({
        "access_token": access,
        "refresh_token": refresh_token,
        "scope": "ZohoCRM.modules.ALL ZohoCRM.org.READ",
        "api_domain": "https://www.zohoapis.eu",
        "token_type": "Bearer",
        "expires_in": 3600,
    });
    assert_response(&response, 200, expected.clone());
    assert_eq!(response.find("cache-control"), Some("no-store"));

    let response = refresh(&mut zoho, EU, &refresh_token);
    let second = text(&json(&response), "access_token");
    assert_ne!(second, access);
    expected["access_token"] = second.into();
    expected.as_object_mut().unwrap().remove("refresh_token");
    assert_response(&response, 200, expected);
}

#[test]
fn an_invalid_token_request_has_an_error_code() {
    for (changes, error) in [
        (&[("client_id", "1000.NONE")][..], "invalid_client"),
        (&[("client_id", "")], "invalid_client"),
        (&[("grant_type", "client_credentials")], "invalid_client"),
        (&[("client_secret", "")], "invalid_client_secret"),
        (&[("client_secret", "secret-eu")], "invalid_client_secret"),
        (&[("redirect_uri", "https://app.example/cb/")], "invalid_redirect_uri"),
        (&[("redirect_uri", "https://app.example/cb?app=1")], "invalid_redirect_uri"),
        (&[("redirect_uri", "")], "invalid_redirect_uri"),
        (&[("code", "1000.0.0")], "invalid_code"),
        (&[("code", "")], "invalid_code"),
        // Zoho documents no other error for a code in place of a refresh token.
        (&[("grant_type", "refresh_token")], "invalid_code"),
    ] {
        let mut zoho = zoho();
        let code = web_code(&mut zoho, "uma@example.com", &[]);
        let response = exchange(&mut zoho, US, &code, changes);
        assert_response(&response, 200, json!({ "error": error }));
        assert_eq!(response.error.as_deref(), Some(error));
        assert_eq!(
            exchange(&mut zoho, US, &code, &[]).error,
            None,
            "the code is still valid after {changes:?}"
        );
    }
}

#[test]
fn a_code_works_once_and_for_two_minutes() {
    let invalid = || json!({ "error": "invalid_code" });
    let mut zoho = zoho();
    let code = web_code(&mut zoho, "uma@example.com", &[]);
    zoho.advance(119);
    assert_eq!(exchange(&mut zoho, US, &code, &[]).error, None);
    assert_response(&exchange(&mut zoho, US, &code, &[]), 200, invalid());
    let code = web_code(&mut zoho, "uma@example.com", &[]);
    zoho.advance(120);
    assert_response(&exchange(&mut zoho, US, &code, &[]), 200, invalid());
}

#[test]
fn a_grant_is_valid_only_at_the_users_data_centre() {
    let mut zoho = zoho();
    let code = web_code(&mut zoho, "eva@example.eu", &[]);
    let invalid_code = || json!({ "error": "invalid_code" });
    assert_response(&exchange(&mut zoho, US, &code, &[]), 200, invalid_code());
    // No secret of this client is registered in Japan.
    let japan = "https://accounts.zoho.jp";
    assert_response(&exchange(&mut zoho, japan, &code, &[]), 200, json!({ "error": "invalid_client" }));
    let wrong_secret = exchange(&mut zoho, EU, &code, &[("client_secret", "secret-us")]);
    assert_response(&wrong_secret, 200, json!({ "error": "invalid_client_secret" }));
    let refresh_token = text(&json(&exchange(&mut zoho, EU, &code, &[])), "refresh_token");
    assert_response(&refresh(&mut zoho, US, &refresh_token), 200, invalid_code());
    assert_eq!(refresh(&mut zoho, EU, &refresh_token).error, None);
}

#[test]
fn a_grant_is_valid_only_for_its_client() {
    let mut zoho = zoho();
    let code = web_code(&mut zoho, "eva@example.eu", &[]);
    let other = [("client_id", SELF), ("client_secret", SELF_SECRET)];
    assert_response(&exchange(&mut zoho, EU, &code, &other), 200, json!({ "error": "invalid_code" }));
    let refresh_token = text(&json(&exchange(&mut zoho, EU, &code, &[])), "refresh_token");
    let parameters = [("grant_type", "refresh_token"), other[0], other[1], ("refresh_token", &refresh_token)];
    assert_response(&token(&mut zoho, EU, &parameters), 200, json!({ "error": "invalid_code" }));
    assert_response(&refresh(&mut zoho, EU, "1000.0.0"), 200, json!({ "error": "invalid_code" }));
    assert_response(&refresh(&mut zoho, EU, ""), 200, json!({ "error": "invalid_code" }));
}

#[test]
fn a_malformed_request_is_a_page_with_400() {
    let mut zoho = zoho();
    let url = format!("{US}/oauth/v2/token");
    let mut query = Request::get(&format!("{url}?grant_type=refresh_token&client_id={WEB}"));
    let mut assert_page = |request: &Request| {
        let response = zoho.handle(request);
        assert_eq!((response.status, response.error.as_deref()), (400, Some("Bad Request")));
        assert_eq!(response.find("content-type"), Some("text/html;charset=UTF-8"));
    };
    assert_page(&query);
    assert_page(&Request::post(&url, &[("client_id", WEB), ("code", "c")]));
    query.method = "PUT".to_owned();
    assert_page(&query);
    // JSON is not a form.
    let mut json = Request::post(&url, &[]);
    json.headers = vec![("content-type".into(), "application/json".into())];
    json.body = br#"{"grant_type":"refresh_token"}"#.to_vec();
    assert_page(&json);
}

#[test]
fn parameters_may_be_in_the_query_in_multipart_or_in_basic_credentials() {
    let mut zoho = zoho();
    let url = format!("{US}/oauth/v2/token");
    let refresh_token = sign_in(&mut zoho, &[]).refresh;

    let all = format!(
        "grant_type=refresh_token&client_id={WEB}&client_secret=secret-us&refresh_token={refresh_token}"
    );
    let query = Request::post(&format!("{url}?{all}"), &[]);
    assert_eq!(zoho.handle(&query).error, None);

    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut multipart = Request::post(&url, &[]);
    multipart.headers = vec![("Content-Type".into(), "multipart/form-data; boundary=b".into())];
    multipart.body = [
        part("grant_type", "refresh_token"),
        part("client_id", WEB),
        part("client_secret", "secret-us"),
        part("refresh_token", &refresh_token),
        "--b--\r\n".to_owned(),
    ]
    .concat()
    .into_bytes();
    assert_eq!(zoho.handle(&multipart).error, None);

    let mut basic = |credentials: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        let header = format!("Basic {}", Base64::encode_string(credentials.as_bytes()));
        zoho.handle(&Request::post(&url, &form).header("Authorization", &header)).error
    };
    assert_eq!(basic(&format!("{WEB}:secret-us")), None);
    assert_eq!(basic(&format!("{WEB}:secret-in")).as_deref(), Some("invalid_client_secret"));
    assert_eq!(basic("1000.NONE:secret-us").as_deref(), Some("invalid_client"));
}

#[test]
fn a_code_with_a_challenge_needs_its_verifier() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(verifier));
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "RFC 7636 appendix B");
    let hashed = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let plain = [("code_challenge", verifier), ("code_challenge_method", "plain")];
    for (request, given, error) in [
        (&hashed[..], verifier, None),
        (&hashed, "wrong", Some("invalid_code")),
        (&hashed, &challenge, Some("invalid_code")),
        (&hashed, "", Some("invalid_code")),
        (&plain, verifier, None),
        (&plain[..1], verifier, None),
        (&plain, "wrong", Some("invalid_code")),
        (&[], verifier, None),
    ] {
        let mut zoho = zoho();
        let code = web_code(&mut zoho, "uma@example.com", request);
        let response = exchange(&mut zoho, US, &code, &[("code_verifier", given)]);
        match error {
            None => assert_eq!(response.error, None, "{request:?} {given}"),
            Some(error) => {
                assert_response(&response, 200, json!({ "error": error }));
                let again = exchange(&mut zoho, US, &code, &[("code_verifier", verifier)]);
                assert_response(&again, 200, json!({ "error": "invalid_code" }));
            }
        }
    }
}

#[test]
fn a_refresh_token_is_issued_offline_on_the_first_consent() {
    let mut zoho = zoho();
    let mut refreshable = |email: &str, accounts: &str, changes: &[(&str, &str)]| {
        let code = web_code(&mut zoho, email, changes);
        let body = json(&exchange(&mut zoho, accounts, &code, &[]));
        assert_eq!(body["expires_in"], 3600);
        body.get("refresh_token").is_some()
    };
    assert!(!refreshable("uma@example.com", US, &[("access_type", "")]));
    assert!(!refreshable("uma@example.com", US, &[("access_type", "online"), ("prompt", "consent")]));
    assert!(refreshable("uma@example.com", US, &[]));
    assert!(!refreshable("uma@example.com", US, &[]));
    assert!(refreshable("uma@example.com", US, &[("prompt", "consent")]));
    assert!(refreshable("eva@example.eu", EU, &[]), "another user's first");
    let revoked = zoho.clone();
    zoho.revoke_all();
    for (mut zoho, expected) in [(zoho, true), (revoked, false)] {
        let code = web_code(&mut zoho, "uma@example.com", &[]);
        assert_eq!(json(&exchange(&mut zoho, US, &code, &[])).get("refresh_token").is_some(), expected);
    }
}
