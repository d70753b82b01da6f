//! The input is tokens as a store has them.

use serde_json::{Map, Value};

use super::text;
use crate::TokenResponse;
use crate::text::secret::Secret;

pub fn run(data: &[u8]) {
    let json = text(data);
    let Some(tokens) = TokenResponse::from_json(&json) else { return };
    let written = tokens.to_json();
    let again = TokenResponse::from_json(written.expose()).expect("what is written is parsed");
    assert_eq!(again.to_json().expose(), written.expose());
    let shown = format!("{tokens:?}");
    for token in [Some(&tokens.access_token), tokens.refresh_token.as_ref()].into_iter().flatten() {
        let token = token.expose();
        // A short one may be part of a name.
        assert!(token.len() < 24 || is_public(&tokens, token) || !shown.contains(token), "{shown}");
    }
    if let (Ok(sent), Ok(kept)) = (
        serde_json::from_str::<Map<String, Value>>(&json),
        serde_json::from_str::<Map<String, Value>>(written.expose()),
    ) {
        for name in ["access_token", "refresh_token", "scope", "id_token", "accounts_server", "api_domain"] {
            let text = |members: &Map<String, Value>| {
                members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            assert_eq!(text(&sent), text(&kept), "{name}");
        }
    }
}

/// Whether another member, which is shown, has the same text.
fn is_public(tokens: &TokenResponse, token: &str) -> bool {
    let shown = [
        Some(&tokens.token_type),
        tokens.scope.as_ref(),
        tokens.accounts_server.as_ref(),
        tokens.api_domain.as_ref(),
    ];
    let names = tokens.members.iter().map(|(name, _): &(String, Secret)| name);
    shown.into_iter().flatten().chain(names).any(|text| format!("{text:?}").contains(token))
}
