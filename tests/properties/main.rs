//! What holds for every input: nothing panics, nothing hostile is taken, no secret is shown.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that fails is to panic"
)]

mod answers;
mod callbacks;
mod clients;
mod debug;
