//! The boundary to JavaScript: stateless functions, no objects.
//!
//! Texts cross through two buffers that live in the module's memory: the host encodes a [frame](crate::oauth::frame)
//! straight into the one and decodes the answer straight out of the other, which costs a tenth of the generated glue.
//! A function takes the frame's length and field count and returns the length of its answer, below zero for an error.

mod buffers;
mod convert;
mod error;
mod exports;
#[cfg(feature = "testing")]
pub mod testing;

/// A third of the size of the standard allocator, and faster.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
