//! The vectors of this folder, by the core itself. The package runs the same rows through its facade.
#![cfg(feature = "providers")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that fails is to panic"
)]

mod callbacks;
mod fixture;
mod matrix;
mod requests;
mod row;
mod token_responses;
