//! An error as it crosses, before the package makes an `OAuthError` of it.

use crate::oauth::error::Error;
use crate::oauth::frame::Writer;
use crate::text::secret::Secret;

/// A frame of code, message, whether it is retryable, seconds to wait, status, the server's three texts, and tokens as
/// JSON; what is absent is empty.
pub(super) fn frame(error: &Error) -> Secret {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut frame = Writer::begin(error.code.as_str().to_owned());
    frame.field(&error.message);
    frame.flag(error.retryable);
    frame.field(&number(error.retry_after));
    frame.field(&number(error.status.map(u32::from)));
    for text in [&error.error, &error.error_description, &error.error_uri] {
        frame.field(text.as_deref().unwrap_or_default());
    }
    frame.field(error.tokens.as_ref().map_or("", Secret::expose));
    frame.finish()
}
