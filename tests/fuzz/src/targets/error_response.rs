//! Line 1 is the status, and the rest the body. `{echo}` in it stands for the refresh token, `{echo1}` and `{echo2}` for
//! the refresh token percent-encoded once and twice.

use serde_json::{Map, Value};

use super::{head, text};
use crate::clients::{REFRESH_TOKEN, plain, zoho};
use crate::invariants::token_response;

pub fn run(data: &[u8]) {
    let ([status], body) = head(data);
    let status = status.parse().unwrap_or(400);
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let once = encoded(REFRESH_TOKEN);
    let body = text(body);
    let body =
        body.replace("{echo}", REFRESH_TOKEN).replace("{echo1}", &once).replace("{echo2}", &encoded(&once));
    for client in [plain(), zoho()] {
        let parsed = token_response(client, status, None, body.as_bytes());
        if let Err(error) = &parsed {
            let shown = [&error.error, &error.error_description, &error.error_uri];
            for text in shown.into_iter().flatten() {
                assert!(!text.contains(&once) && !text.contains(&encoded(&once)), "{text}");
            }
        }
        let members = serde_json::from_str::<Map<String, Value>>(body.trim());
        let has_error = members.is_ok_and(|members| {
            members.get("error").is_some_and(|error| !matches!(error, Value::Null) && error != "")
        });
        assert!(!has_error || parsed.is_err(), "{body}");
    }
}
