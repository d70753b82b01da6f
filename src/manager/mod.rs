//! Keeping tokens fresh, as pure decisions about a stored grant.
//!
//! [`plan`] says what to do with a record now, [`budget`] how many requests the server still accepts, and [`policy`] what
//! callers, alarms and status reports make of it.

pub mod budget;
pub mod plan;
pub mod policy;
pub mod record;
