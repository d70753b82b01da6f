//! Flows of several steps, as machines that ask the host for one effect at a time.

pub mod refresh;
