//! Grant types that the crate does not have: RFC 7523 and client credentials, as a user of the crate adds them.

use crate::clients::{NOW, SECRET, plain, shows_none, zoho};
use grantkit::{
    Client, Error, ErrorCode, GrantType, Response, Secret, TokenRequest, TokenResponse, UnixTime,
};

const JWT_BEARER: GrantType = GrantType::new("urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion");
const ASSERTION: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJqb2UifQ.c2lnbmF0dXJl";

fn request(client: &Client) -> TokenRequest {
    TokenRequest::new(client, JWT_BEARER, Some(&ASSERTION.into()), &[("scope", "a b")]).unwrap()
}

fn parse(client: &Client, status: u16, body: &str) -> Result<TokenResponse, Error> {
    let response = Response { status, retry_after: None, body: body.as_bytes() };
    request(client).parse(client, &response, NOW)
}

#[test]
fn its_form_has_the_credential_and_the_parameters() {
    let http = request(plain()).http().clone();
    assert_eq!(http.url, "https://server.example.com/token");
    assert_eq!(
        http.body.expose(),
        [
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
            ASSERTION,
            "&scope=a%20b"
        ]
        .concat()
    );
    // plain:client-secret-31c8
    let authorization = http.authorization.as_ref().map(Secret::expose);
    assert_eq!(authorization, Some("Basic cGxhaW46Y2xpZW50LXNlY3JldC0zMWM4"));

    let http = request(zoho()).http().clone();
    assert_eq!(http.url, "https://accounts.zoho.com/oauth/v2/token");
    assert!(http.body.expose().ends_with("&client_id=1000.PROPERTIES&client_secret=client-secret-31c8"));
}

#[test]
fn an_empty_credential_is_not_sent() {
    for (credential, message) in [
        ("", "assertion is missing: pass the credential of the grant"),
        ("a\nb", "assertion has a line break or another control character: copy it again without"),
    ] {
        let error = TokenRequest::new(plain(), JWT_BEARER, Some(&credential.into()), &[]).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::InvalidConfiguration, message));
    }
}

#[test]
fn its_credential_is_no_refresh_token() {
    let body = r#"{"access_token":"access","token_type":"Bearer","expires_in":300}"#;
    for client in [plain(), zoho()] {
        let tokens = parse(client, 200, body).unwrap();
        assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), None);
        assert_eq!(tokens.expires_at, Some(UnixTime::from_seconds(1_800_000_300)));
        assert!(!tokens.to_json().expose().contains(ASSERTION));
        let error = TokenRequest::refresh(client, &tokens, None).unwrap_err();
        assert_eq!(error.code, ErrorCode::ReauthorizationRequired);
    }
    let with_refresh_token = r#"{"access_token":"access","token_type":"Bearer","refresh_token":"refresh"}"#;
    let tokens = parse(plain(), 200, with_refresh_token).unwrap();
    assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), Some("refresh"));
}

#[test]
fn its_refusal_needs_a_new_authorization() {
    let body = format!(r#"{{"error":"invalid_grant","error_description":"{ASSERTION} is expired"}}"#);
    let error = parse(plain(), 400, &body).unwrap_err();
    assert_eq!((error.code, error.retryable), (ErrorCode::ReauthorizationRequired, false));
    assert_eq!(error.error_description.as_deref(), Some("[redacted] is expired"));
    assert_eq!(
        error.message,
        "invalid_grant from server.example.com, so the assertion is revoked, replaced, or of another client or region: send the user through a new authorization request"
    );
    shows_none(&format!("{error} {error:?}"), &[ASSERTION, SECRET]);
}

#[test]
fn its_refusal_has_the_code_that_the_grant_type_names() {
    let grant_type = JWT_BEARER.with_rejected(ErrorCode::ClientRejected);
    let client = plain();
    let request = TokenRequest::new(client, grant_type, Some(&ASSERTION.into()), &[]).unwrap();
    let response = Response { status: 400, retry_after: None, body: br#"{"error":"invalid_grant"}"# };
    assert_eq!(request.parse(client, &response, NOW).unwrap_err().code, ErrorCode::ClientRejected);
}

const CLIENT_CREDENTIALS: GrantType = GrantType::without_credential("client_credentials");

/// RFC 6749 section 4.4: the client authentication is the only credential.
#[test]
fn a_grant_type_may_have_no_credential() {
    let client = plain();
    let request = TokenRequest::new(client, CLIENT_CREDENTIALS, None, &[("scope", "a b")]).unwrap();
    assert_eq!(request.http().body.expose(), "grant_type=client_credentials&scope=a%20b");
    let authorization = request.http().authorization.as_ref().map(Secret::expose);
    assert_eq!(authorization, Some("Basic cGxhaW46Y2xpZW50LXNlY3JldC0zMWM4"));

    let body = br#"{"access_token":"access","token_type":"Bearer","expires_in":300}"#;
    let tokens = request.parse(client, &Response { status: 200, retry_after: None, body }, NOW).unwrap();
    assert_eq!(tokens.access_token.expose(), "access");
    assert_eq!(tokens.expires_at, Some(UnixTime::from_seconds(1_800_000_300)));
    assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), None);

    let body = br#"{"error":"invalid_grant"}"#;
    let error = request.parse(client, &Response { status: 400, retry_after: None, body }, NOW).unwrap_err();
    assert_eq!(error.code, ErrorCode::ClientRejected);
    assert_eq!(
        error.message,
        "invalid_grant from server.example.com: check client_id, client_secret, redirect_uri and token_endpoint_auth_method against the client's registration"
    );
}

#[test]
fn a_credential_is_given_exactly_where_the_grant_type_has_one() {
    let given = Some(Secret::from(ASSERTION));
    for (grant_type, credential, message) in [
        (
            CLIENT_CREDENTIALS,
            &given,
            "the grant type client_credentials has no parameter for a credential: pass none",
        ),
        (JWT_BEARER, &None, "assertion is missing: pass the credential of the grant"),
    ] {
        let error = TokenRequest::new(plain(), grant_type, credential.as_ref(), &[]).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::InvalidConfiguration, message));
    }
}

/// Each member of a successful response is there, omitted, null or empty, in each combination.
#[test]
fn whatever_the_response_omits_no_credential_is_stored() {
    const MEMBERS: [(&str, &str); 6] = [
        ("access_token", r#""access""#),
        ("token_type", r#""Bearer""#),
        ("expires_in", "300"),
        ("scope", r#""a""#),
        ("id_token", r#""id""#),
        ("refresh_token", r#""refresh""#),
    ];
    for client in [plain(), zoho()] {
        let mut accepted = 0;
        for combination in 0..4096_usize {
            let members = MEMBERS.iter().enumerate().filter_map(|(at, (name, value))| {
                let value = match combination >> (2 * at) & 3 {
                    0 => value,
                    1 => return None,
                    2 => "null",
                    _ => r#""""#,
                };
                Some(format!(r#""{name}":{value}"#))
            });
            let body = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            let Ok(tokens) = parse(client, 200, &body) else { continue };
            accepted += 1;
            let refresh_token = tokens.refresh_token.as_ref().map(Secret::expose);
            let expected = body.contains(r#""refresh_token":"refresh""#).then_some("refresh");
            assert_eq!(refresh_token, expected, "{body}");
            assert!(!tokens.to_json().expose().contains(ASSERTION), "{body}");
        }
        // Each with an access token.
        assert_eq!(accepted, 1024, "{client:?}");
    }
}
