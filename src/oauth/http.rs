//! HTTP requests and responses as values.

use std::borrow::Cow;
use std::fmt;

use crate::text::secret::Secret;

/// A `POST` request with a form (`application/x-www-form-urlencoded`) and the header `accept: application/json`.
///
/// Secrets are only in the body and in the `authorization` header, never in the URL.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request {
    /// The URL of the endpoint.
    pub url: String,
    /// The `authorization` header, if the client authenticates by HTTP Basic.
    pub authorization: Option<Secret>,
    /// The form, encoded.
    pub body: Secret,
}

/// A response as the host received it. The body may be anything.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The HTTP status; 0 if a browser hides a redirect.
    pub status: u16,
    /// The `retry-after` header.
    pub retry_after: Option<&'a str>,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: &'a [u8],
}

/// The largest body that a host reads, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

impl Response<'_> {
    /// Whether this is a redirect, which a host must not follow.
    #[must_use]
    pub const fn is_redirect(&self) -> bool {
        matches!(self.status, 0 | 300..=399)
    }

    /// Whether the status is 2xx.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as text, without a byte order mark and surrounding white space. Bytes that are not UTF-8 become U+FFFD: a
    /// message may be in another encoding, while the names and codes that are parsed are ASCII.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        let body = self.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(self.body);
        String::from_utf8_lossy(trimmed(body))
    }
}

/// The bytes without the white space of JSON around them.
fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_body() {
        let response = Response { status: 200, retry_after: Some("soon"), body: b"token" };
        assert_eq!(format!("{response:?}"), "Response { status: 200, .. }");
        assert_eq!(MAX_BODY, 262_144);
    }
}
