//! Flows as machines: each asks its host for one effect at a time and decides what comes next.
//!
//! A machine is a state and a function `resume(state, event) -> (state, effect)`. The state is a small value without a
//! secret, so that a host can keep it, drop it, or go on with it in another instance. Tokens stay with the host in two
//! slots: *loaded* are those of the store, *issued* those that the server sent and the store may not have yet.

pub mod effect;
pub mod exchange;
pub mod refresh;
pub mod revocation;
