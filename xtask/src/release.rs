//! What a release publishes: the tarball of npm, the crate and the notes, in one folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use duct::cmd;

use crate::node::{self, node};
use crate::wasm::{self, Build};
use crate::{files, rust};

/// A folder of its own: cargo would put the crate into the folder that npm packs.
const CRATE: &str = "target/crate";

/// Builds with the toolchain of a release only.
pub fn release(arguments: &[String]) -> Result<()> {
    let [_, _, folder] = arguments else {
        bail!("usage: cargo xtask release <tag> <URL of the repository> <folder>");
    };
    rust::check_for_release()?;
    wasm::build(Build::Release)?;
    node([&["xtask/release.mjs".to_owned()], arguments].concat()).run().context("the tarball is not made")?;
    let package = cmd!(rust::cargo(), "package", "--package", "grantkit", "--all-features", "--locked");
    package.env("CARGO_TARGET_DIR", CRATE).run().context("the crate is not made")?;
    let version = locked("grantkit")?;
    let packed = Path::new(CRATE).join(format!("package/grantkit-{version}.crate"));
    let copy = Path::new(folder).join("grantkit.crate");
    fs::copy(&packed, &copy).with_context(|| format!("cannot copy {}", packed.display()))?;
    println!("built by {}, wasm-bindgen {}, {}", rust::RELEASE, locked("wasm-bindgen")?, binaryen()?);
    Ok(())
}

/// The version of a crate in Cargo.lock.
fn locked(name: &str) -> Result<String> {
    let lock = String::from_utf8(files::read("Cargo.lock")?)?;
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
    Ok(version.with_context(|| format!("Cargo.lock has no {name}"))?.0.to_owned())
}

fn binaryen() -> Result<String> {
    Ok(node::tool("wasm-opt", ["--version"]).read()?)
}
