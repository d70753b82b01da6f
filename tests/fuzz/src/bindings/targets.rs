//! The targets of the bindings.

pub mod configuration;
pub mod frame;
pub mod policy;
pub mod steps;
