//! The page and the Worker of the demo.

use anyhow::{Context, Result};

use crate::node;

/// Builds `target/www` unless no input changed since. Needs `pkg/wasm`.
pub fn build() -> Result<()> {
    node::node(["www/build.mjs"]).run().context("the demo cannot be built; the message is above")?;
    Ok(())
}
