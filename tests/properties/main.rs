//! What holds for every input: nothing panics, no hostile input is accepted, no secret is shown.
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
mod cases;
mod clients;
mod debug;
mod grant_types;
mod invariants;
mod refresh;
mod responses;
mod rows;
