//! RFC 6749, 7636, 9207 and 7009 as pure functions, one verb a file.

pub mod client;
pub mod form;
pub mod secret;
