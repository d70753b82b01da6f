//! The client.

/// How the client proves who it is at the token endpoint (RFC 6749 2.3), by its RFC 7591 name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// `none`: a public client, `client_id` in the body.
    None,
    /// `client_secret_post`: id and secret in the body.
    Post,
    /// `client_secret_basic`: HTTP Basic.
    Basic,
}
