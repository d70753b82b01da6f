//! Keeping tokens fresh, as pure decisions.
//!
//! [`plan`] says what to do with a record now, and [`budget`] how many requests the server still takes.

pub mod budget;
pub mod plan;
pub mod record;
