//! Errors as fields of a frame, from which the package builds an `OAuthError`.

use super::frame::Writer;
use crate::oauth::error::Error;
use crate::text::secret::Secret;

/// Adds nine fields: code, message, whether it is retryable, seconds to wait, status, `error`, `error_description`,
/// `error_uri`, and tokens as JSON. An absent member is an empty field.
pub(super) fn write(frame: &mut Writer, error: &Error) {
    frame.field(error.code.as_str());
    // A text of the server may have a NUL, which is a separator here.
    frame.field(&error.message.replace('\0', " "));
    frame.flag(error.retryable);
    frame.number(error.retry_after.and_then(|wait| i64::try_from(wait.as_secs()).ok()));
    frame.number(error.status.map(i64::from));
    for text in [&error.error, &error.error_description, &error.error_uri] {
        frame.field(&text.as_deref().unwrap_or_default().replace('\0', " "));
    }
    let tokens = error.tokens.as_ref().map(|tokens| tokens.to_json());
    frame.field(tokens.as_ref().map_or("", Secret::expose));
}

/// A frame of an empty field and an error.
pub(super) fn frame(error: &Error) -> Secret {
    let mut frame = Writer::new("");
    write(&mut frame, error);
    frame.finish()
}
