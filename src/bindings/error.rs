//! An error as JavaScript sees it, before the package makes an `OAuthError` of it.

use wasm_bindgen::JsValue;

use crate::protocol::error::Error;
use crate::protocol::secret::Secret;

/// Code, message, whether it is retryable, seconds to wait, status, the server's three texts, and tokens as JSON; what is
/// absent is undefined. A list, since names would cost more than all they name.
pub(super) fn list(error: &Error) -> Result<JsValue, serde_wasm_bindgen::Error> {
    let server = (&error.status, &error.error, &error.error_description, &error.error_uri);
    let tokens = error.tokens.as_ref().map(Secret::expose);
    let own = (error.code.as_str(), &error.message, error.retryable, &error.retry_after);
    serde_wasm_bindgen::to_value(&(own, server, tokens))
}
