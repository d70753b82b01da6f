//! The boundary to JavaScript.
//!
//! Texts cross through two buffers in the module's memory. The host encodes a [frame](frame) or JSON into the one and
//! decodes the output out of the other, which costs a tenth of the generated glue. Hot calls take a frame, whose fields
//! count by their position; cold ones take JSON by name. A function takes the length of the input and returns the length of
//! the output, below zero for an error, and [`clients::MISS`] when the client has to be registered again.

mod buffers;
mod clients;
mod config;
mod error;
mod exports;
mod flows;
mod frame;
mod policy;
#[cfg(feature = "testing")]
pub mod testing;

/// A third of the size of the standard allocator, and faster (`cargo xtask size`, `npm run bench`).
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
