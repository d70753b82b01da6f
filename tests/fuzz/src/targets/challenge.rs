//! Line 1 is the status, line 2 the header, and the rest the body.

use serde_json::{Map, Value};

use super::{head, text};
use crate::Response;
use crate::clients::{plain, zoho};
use crate::oauth::challenge::{Challenge, parse};

pub fn run(data: &[u8]) {
    let ([status, header], body) = head(data);
    let status = status.parse().unwrap_or(401);
    let response = Response { status, retry_after: None, body };
    let code = |wanted: &[String]| {
        let text = text(body);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
        let members = serde_json::from_str::<Map<String, Value>>(text);
        members.is_ok_and(|members| {
            let code = members.get("code").and_then(Value::as_str);
            code.is_some_and(|code| wanted.iter().any(|wanted| wanted == code))
        })
    };
    for client in [plain(), zoho()] {
        let api = &client.profile.api;
        match parse(client, &header, &response) {
            Challenge::None => {}
            Challenge::InvalidToken => {
                assert_eq!(status, 401);
                assert!(header.contains("invalid_token") || code(&api.invalid_token), "{header}");
            }
            Challenge::InsufficientScope => {
                assert!(matches!(status, 401 | 403), "{status}");
                assert!(header.contains("insufficient_scope") || code(&api.insufficient_scope), "{header}");
            }
        }
    }
}
