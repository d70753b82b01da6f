//! Line 1 is the status, line 2 `Retry-After`, and the rest the body.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{head, text};
use crate::clients::{plain, zoho};
use crate::invariants::token_response;
use crate::{Response, Secret};

pub fn run(data: &[u8]) {
    let ([status, retry_after], body) = head(data);
    let status = status.parse().unwrap_or(200);
    let retry_after = Some(retry_after.as_ref()).filter(|header| !header.is_empty());
    let response = Response { status, retry_after, body };
    let read = response.text();
    let whole = text(body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body));
    assert_eq!(read, whole.trim_matches([' ', '\t', '\r', '\n']));

    for client in [plain(), zoho()] {
        let Ok(tokens) = token_response(client, status, retry_after, body) else { continue };
        let written = tokens.to_json();
        let written = serde_json::from_str::<&RawValue>(written.expose());
        assert!(written.is_ok(), "{written:?}");
        // serde_json refuses a number beyond its range, and an unpaired surrogate, in members that are not used.
        let Ok(sent) = serde_json::from_str::<Map<String, Value>>(&read) else { continue };
        let (refresh, id) = (tokens.refresh_token.as_ref(), tokens.id_token.as_ref());
        for (name, seen) in
            [("access_token", Some(&tokens.access_token)), ("refresh_token", refresh), ("id_token", id)]
        {
            let token = sent.get(name).and_then(Value::as_str).filter(|token| !token.is_empty());
            if let Some(token) = token {
                assert_eq!(seen.map(Secret::expose), Some(token), "{name}");
            }
        }
        assert!(sent.get("error").is_none_or(|error| error.is_null() || error == ""), "{read}");
    }
}
