//! The exports for JavaScript.
//!
//! Texts are passed through two buffers in the memory of the module, which takes a tenth of the time of the generated
//! glue: the host encodes a [frame](frame) or JSON into the input, and decodes the output. Hot calls take a frame,
//! whose fields are positional; cold ones take JSON, whose members have names. A function takes the length of the input
//! and returns that of the output in bytes, negative for an error, or [`clients::MISS`] when the client has to be
//! registered again.

mod buffers;
mod clients;
mod config;
mod error;
mod exchange;
mod exports;
mod frame;
mod memory;
mod numbers;
mod policy;
mod refresh;
mod revocation;
mod step;
#[cfg(feature = "testing")]
pub mod testing;
