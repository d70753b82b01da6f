//! Responses: of any bytes, and valid ones with something changed.

use grantkit::{Client, Error, ErrorCode};
use proptest::prelude::*;

use crate::cases::cases;
use crate::clients::{REFRESH_TOKEN, plain, zoho};
use crate::invariants::{revocation_response, token_response};

const VALID: &str = r#"{"access_token":"1000.aaaaaaaa.bbbbbbbb","refresh_token":"1000.cccccccc.dddddddd","scope":"ZohoCRM.modules.ALL,ZohoCRM.org.READ","api_domain":"https://www.zohoapis.com","token_type":"Bearer","expires_in":3600,"expires_in_sec":"3600","é":["\u00e9",{"x":[1.5e3,null,true]}]}"#;
const ERROR: &str = r#"{"error":"invalid_code","error_description":"gone","error_uri":"https://server.example.com/errors","status":"failure"}"#;
const STATUSES: [u16; 12] = [0, 200, 201, 302, 307, 400, 401, 403, 404, 429, 500, 503];

/// The tokens as JSON.
fn parse(
    client: &Client,
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<serde_json::Value, Error> {
    let tokens = token_response(client, status, retry_after, body)?;
    Ok(serde_json::from_str(tokens.to_json().expose()).expect("tokens are JSON"))
}

/// A body with bytes replaced, removed, doubled or inserted.
fn changed(of: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), 0..4_u8, any::<u8>());
    prop::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut body = of.as_bytes().to_vec();
        for (place, kind, byte) in changes {
            let at = place.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => drop(body.remove(at)),
                2 => body.insert(at, byte),
                _ => body.extend_from_within(at..),
            }
        }
        body
    })
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![4 => Just(200), 2 => prop::sample::select(STATUSES.to_vec()), 1 => any::<u16>()]
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn any_bytes(status in status(), retry_after in any::<Option<String>>(), body in prop::collection::vec(any::<u8>(), 0..200)) {
        for client in [plain(), zoho()] {
            let _ = parse(client, status, retry_after.as_deref(), &body);
        }
    }

    #[test]
    fn json_of_any_shape(status in status(), body in r#"\{("(access_token|error|scope|token_type|expires_in|status|x)":("[ -~]{0,9}"|-?[0-9]{1,30}(\.[0-9]+)?([eE][+-]?[0-9]{1,9})?|null|true|\[[0-9,"]*\]|\{\}|"\\u[0-9a-f]{4}"),?){0,6}\}"#) {
        for client in [plain(), zoho()] {
            let _ = parse(client, status, None, body.as_bytes());
        }
    }

    #[test]
    fn a_valid_body_with_changes(status in status(), body in changed(VALID)) {
        for client in [plain(), zoho()] {
            let _ = parse(client, status, None, &body);
        }
    }

    #[test]
    fn an_error_response_with_changes_is_no_success(status in status(), body in changed(ERROR)) {
        for client in [plain(), zoho()] {
            prop_assert!(parse(client, status, None, &body).is_err());
        }
    }

    #[test]
    fn a_revocation_response(status in status(), body in changed(r#"{"error":"invalid_client","status":"failure"}"#)) {
        revocation_response(zoho(), status, &body);
    }

    #[test]
    fn an_echo_is_never_shown(before in "\\PC{0,30}", after in "\\PC{0,30}", encodings in 0..3_usize, lower in any::<bool>()) {
        let mut echo = REFRESH_TOKEN.to_owned();
        for _ in 0..encodings {
            echo = echo.bytes().map(|byte| format!("%{byte:02X}")).collect();
        }
        let echo = if lower { echo.to_lowercase() } else { echo };
        let description = [before.as_str(), &echo, &after].concat();
        let body = serde_json::json!({ "error": "invalid_grant", "error_description": description });
        let error = parse(plain(), 400, None, body.to_string().as_bytes()).unwrap_err();
        prop_assert!(!error.error_description.as_deref().unwrap().contains(&echo));
    }
}

#[test]
fn a_valid_body_cut_off_at_every_byte_is_no_success() {
    for (client, name) in [(plain(), "plain"), (zoho(), "zoho")] {
        assert!(parse(client, 200, None, VALID.as_bytes()).is_ok(), "{name}");
        for end in 0..VALID.len() {
            let error = parse(client, 200, None, &VALID.as_bytes()[..end]).expect_err(name);
            assert_eq!(
                (error.code, error.retryable),
                (ErrorCode::MalformedResponse, true),
                "{name}, {end} bytes"
            );
        }
    }
}

#[test]
fn a_body_with_every_single_byte_replaced() {
    let client = zoho();
    for at in 0..VALID.len() {
        for byte in [0, b'"', b'\\', b'{', b'}', b'[', b',', b':', b' ', b'e', b'-', b'0', 0x80, 0xff] {
            let mut body = VALID.as_bytes().to_vec();
            body[at] = byte;
            let _ = parse(client, 200, None, &body);
        }
    }
}

#[test]
fn a_body_as_large_as_is_read() {
    let open = [r#"{"a":"#, &"[".repeat(262_000)].concat();
    let names = ["{", &r#""a":1,"#.repeat(43_000), r#""error":"invalid_grant"}"#].concat();
    let escapes =
        [r#"{"error":"invalid_grant","error_description":""#, &r"\u0041".repeat(43_000), r#""}"#].concat();
    let digits =
        [r#"{"access_token":"a","token_type":"Bearer","expires_in":"#, &"9".repeat(260_000), "}"].concat();
    let seen = [open, names, escapes, digits].map(|body| {
        parse(plain(), 200, None, body.as_bytes())
            .map_err(|error| error.code)
            .map(|tokens| tokens["expires_at"].clone())
    });
    assert_eq!(
        seen,
        [
            Err(ErrorCode::MalformedResponse),
            Err(ErrorCode::ReauthorizationRequired),
            Err(ErrorCode::ReauthorizationRequired),
            Ok(2_115_360_000_i64.into()),
        ]
    );
}
