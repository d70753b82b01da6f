//! Decisions about a stored grant, as pure functions.
//!
//! [`plan`] decides what to do with a record now, [`budget`] counts the requests that the server still accepts, and
//! [`policy`] decides for callers, alarms and status reports.

pub mod budget;
pub mod plan;
pub mod policy;
pub mod record;
