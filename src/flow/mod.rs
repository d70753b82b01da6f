//! Flows as machines: each returns one effect at a time, which its host runs.
//!
//! A machine is a state and a function `resume(state, event) -> (state, effect)`. The state is a small value without a
//! secret, so that a host can store it, drop it, or resume it in another instance. The host has the tokens in two
//! slots: *loaded* has those of the store, *issued* those that the server issued and the store may not have yet.

pub mod effect;
pub mod exchange;
pub mod refresh;
pub mod revocation;
