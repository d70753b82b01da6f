//! `pkg/wasm/THIRD-PARTY.txt`: what is compiled into the modules, with its licences.

use std::path::PathBuf;

use anyhow::{Context, Result};
use duct::cmd;

use crate::{files, node, rust};

const WRITER: &str = "xtask/notices.mjs";
pub const OUT: &str = "pkg/wasm/THIRD-PARTY.txt";

/// Writes the file, unless no input changed since.
pub fn build() -> Result<()> {
    files::make_once("notices", &inputs()?, OUT, || {
        node::node([WRITER]).env("CARGO", rust::cargo()).run().context("the licences cannot be listed")?;
        Ok(())
    })
}

/// A hash of all inputs. The lockfile stands for the crates, and the compiler for its standard library.
fn inputs() -> Result<String> {
    let files = [WRITER, "xtask/licence.mjs", "LICENSE-MIT", "Cargo.toml", "Cargo.lock", "package-lock.json"];
    files::fingerprint(files.map(PathBuf::from), cmd!(rust::rustc(), "--version").read()?)
}
