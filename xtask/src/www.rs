//! The page and the Worker of the demo.

use anyhow::{Context, Result};

use crate::node;

/// Makes `target/www` what the sources say, and does nothing where it is. Needs `pkg/wasm`.
pub fn build() -> Result<()> {
    node::node(["www/build.mjs"]).run().context("the demo cannot be built; the message is above")?;
    Ok(())
}
