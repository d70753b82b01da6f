//! The Rust toolchain: cargo itself, and the wasm32 target.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;

pub const WASM: &str = "wasm32-unknown-unknown";

/// The cargo that runs this program, so that one toolchain does everything.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The compiler that cargo uses.
pub fn rustc() -> String {
    std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())
}

/// Adds the wasm32 target if it is missing.
pub fn ensure_target() -> Result<()> {
    let library = cmd!(rustc(), "--print", "target-libdir", "--target", WASM).read()?;
    if Path::new(&library).is_dir() {
        return Ok(());
    }
    println!("adding the Rust target {WASM}");
    if cmd!("rustup", "target", "add", WASM).run().is_err() {
        bail!(
            "the Rust target {WASM} is missing and rustup could not add it: run `rustup target add {WASM}` where there \
             is a network, or install your distribution's package of Rust's standard library for wasm32"
        );
    }
    Ok(())
}

/// A setting for cargo that keeps the folders of this machine out of the module: panics name the files they are in.
pub fn without_machine_paths() -> Result<String> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("there is neither CARGO_HOME nor a home folder: set CARGO_HOME")?
            .join(".cargo"),
    };
    let registries = fs::read_dir(home.join("registry/src")).map(Iterator::flatten);
    let folders = registries.into_iter().flatten().map(|folder| folder.path());
    let flags: Vec<String> =
        folders.map(|folder| format!("'--remap-path-prefix={}=dependencies'", folder.display())).collect();
    Ok(format!("target.{WASM}.rustflags=[{}]", flags.join(",")))
}
