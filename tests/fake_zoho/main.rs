//! The fake Zoho through its public functions: its responses, by whole bodies and statuses.
#![cfg(feature = "testing")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that fails is to panic"
)]

mod authorize;
mod console;
mod crm;
mod eviction;
mod failure;
mod list;
mod log;
mod origins;
mod revoke;
mod support;
mod token;
mod write;
