//! An error as a frame, which the package turns into its `OAuthError`.

use crate::protocol::error::Error;
use crate::protocol::frame::join;

/// Code, message, retryable, retry_after, status, error, error_description, error_uri, tokens.
pub(super) fn frame(error: &Error) -> String {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let tokens = error.tokens.as_ref().map(|tokens| tokens.to_json()).unwrap_or_default();
    join(&[
        error.code.as_str(),
        &error.message,
        if error.retryable { "1" } else { "" },
        &number(error.retry_after),
        &number(error.status.map(u32::from)),
        error.error.as_deref().unwrap_or_default(),
        error.error_description.as_deref().unwrap_or_default(),
        error.error_uri.as_deref().unwrap_or_default(),
        &tokens,
    ])
}
