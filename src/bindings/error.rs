//! An error as JavaScript sees it, before the package makes an `OAuthError` of it.

use serde::Serialize;

use crate::protocol::error::Error;

/// The members of `OAuthError`; absent ones are undefined. Tokens are a JSON text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    code: &'static str,
    message: String,
    retryable: bool,
    retry_after: Option<u32>,
    status: Option<u16>,
    error: Option<String>,
    #[serde(rename = "error_description")]
    error_description: Option<String>,
    #[serde(rename = "error_uri")]
    error_uri: Option<String>,
    tokens: Option<String>,
}

impl From<Error> for View {
    fn from(mut error: Error) -> Self {
        Self {
            code: error.code.as_str(),
            message: std::mem::take(&mut error.message),
            retryable: error.retryable,
            retry_after: error.retry_after,
            status: error.status,
            error: error.error.take(),
            error_description: error.error_description.take(),
            error_uri: error.error_uri.take(),
            tokens: error.tokens.as_ref().map(|tokens| tokens.expose().to_owned()),
        }
    }
}
