//! How servers differ, as data: a new provider is a row, never a class.

pub mod table;
pub mod zoho;
