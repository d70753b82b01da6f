//! RFC 6749, 7636, 9207 and 7009 as pure functions, one verb a file.

pub mod api;
pub mod authorize;
pub mod callback;
pub mod client;
pub mod error;
pub mod form;
pub mod frame;
pub mod grant;
pub mod http;
mod json;
pub mod origin;
pub mod pkce;
mod refusal;
pub mod revoke;
mod scan;
pub mod scope;
pub mod secret;
pub mod server;
pub mod time;
pub mod token;
mod words;
