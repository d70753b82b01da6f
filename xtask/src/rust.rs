//! The Rust toolchain: cargo itself, and the wasm32 target.

use std::path::Path;

use anyhow::{Result, bail};
use duct::cmd;

pub const WASM: &str = "wasm32-unknown-unknown";

/// The cargo that runs this program, so that one toolchain does everything.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Adds the wasm32 target where it is missing.
pub fn ensure_target() -> Result<()> {
    let library = cmd!("rustc", "--print", "target-libdir", "--target", WASM).read()?;
    if Path::new(&library).is_dir() {
        return Ok(());
    }
    println!("adding the Rust target {WASM}");
    if cmd!("rustup", "target", "add", WASM).run().is_err() {
        bail!(
            "the Rust target {WASM} is missing and rustup could not add it. Next step: `rustup target add {WASM}` \
             where there is a network, or your distribution's package of Rust's standard library for wasm32"
        );
    }
    Ok(())
}
