//! An error as a frame, which the package turns into its `OAuthError`.

use crate::protocol::error::Error;
use crate::protocol::frame::Writer;
use crate::protocol::secret::Secret;

/// Code, message, retryable, retry_after, status, error, error_description, error_uri, tokens.
pub(super) fn frame(error: &Error) -> Secret {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut frame = Writer::begin(error.code.as_str().to_owned());
    frame.field(&error.message);
    frame.flag(error.retryable);
    frame.field(&number(error.retry_after));
    frame.field(&number(error.status.map(u32::from)));
    for words in [&error.error, &error.error_description, &error.error_uri] {
        frame.field(words.as_deref().unwrap_or_default());
    }
    frame.field(error.tokens.as_ref().map_or("", Secret::expose));
    frame.finish()
}
