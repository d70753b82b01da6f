//! `npm run bench`.

use anyhow::Result;

use crate::node::{self, node};
use crate::wasm::{self, Build};

/// Builds the package, installs the libraries that it is compared with, and passes the arguments on.
pub fn bench(arguments: &[String]) -> Result<()> {
    wasm::build(Build::Release)?;
    node::ensure_peers()?;
    node(["tests/bench/main.mjs"].into_iter().chain(arguments.iter().map(String::as_str))).run()?;
    Ok(())
}
