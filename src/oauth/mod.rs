//! RFC 6749, 6750, 7009, 7636 and 9207 as values and rules: no I/O, no clock, no randomness, no provider.

pub mod authorization_request;
pub mod authorization_response;
pub mod challenge;
pub mod client;
pub mod client_authentication;
pub mod error;
pub(crate) mod error_response;
pub mod grant_type;
pub mod http;
pub mod metadata;
pub(crate) mod pkce;
pub mod profile;
pub mod region;
pub mod resource;
pub mod revocation;
pub mod scope;
pub mod token_request;
pub(crate) mod token_response;
pub mod tokens;
