//! RFC 6749, 7636, 9207 and 7009 as values and rules: no I/O, no clock, no randomness.

pub mod authorization_request;
pub mod authorization_response;
pub mod client;
pub mod error;
mod error_response;
pub mod frame;
pub mod http;
pub mod metadata;
pub mod pkce;
pub mod profile;
pub mod resource;
pub mod revocation;
pub mod scope;
pub mod token_request;
pub mod token_response;
