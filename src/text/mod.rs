//! Text formats: forms, JSON, URLs and times, and secrets that are not shown.

pub mod form;
pub(crate) mod json;
pub(crate) mod redact;
pub mod secret;
pub(crate) mod split;
pub mod time;
pub mod url;
