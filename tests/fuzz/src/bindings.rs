//! The bindings that read texts of the host, without those that only JavaScript can call: `exports` and `testing`, the
//! buffers and the table of clients in the memory of the module.

#[path = "../../../src/bindings/config.rs"]
mod config;
#[path = "../../../src/bindings/error.rs"]
mod error;
#[path = "../../../src/bindings/exchange.rs"]
mod exchange;
#[path = "../../../src/bindings/frame.rs"]
mod frame;
#[path = "../../../src/bindings/numbers.rs"]
mod numbers;
#[path = "../../../src/bindings/policy.rs"]
mod policy;
#[path = "../../../src/bindings/refresh.rs"]
mod refresh;
#[path = "../../../src/bindings/revocation.rs"]
mod revocation;
#[path = "../../../src/bindings/step.rs"]
mod step;

pub mod targets;
