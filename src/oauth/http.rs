//! A request and an answer as values.

use crate::text::secret::SecretStr;

/// What to send: POST, `application/x-www-form-urlencoded`, with `accept: application/json`.
///
/// Secrets are in the body and the header alone, never in the URL.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where to.
    pub url: &'a str,
    /// The `authorization` header, where the client authenticates by one.
    pub authorization: Option<SecretStr<'a>>,
    /// The form.
    pub body: SecretStr<'a>,
}

/// What came back. The body may be anything at all.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// HTTP status; 0 where a browser hides a redirect.
    pub status: u16,
    /// The `retry-after` header.
    pub retry_after: Option<&'a str>,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: &'a [u8],
}

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// The deepest nesting of a body that is read.
pub const MAX_DEPTH: usize = 32;

impl Answer<'_> {
    /// Whether the server wants the request sent elsewhere, which is never done.
    #[must_use]
    pub const fn is_redirect(&self) -> bool {
        matches!(self.status, 0 | 300..=399)
    }
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
