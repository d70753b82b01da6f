//! `npm start`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::wasm::{self, Build};
use crate::{node, www};

/// Builds, then becomes the program: signals reach it with nothing in between.
pub fn start(arguments: &[String]) -> Result<()> {
    wasm::build(Build::Release)?;
    www::build()?;
    let error = Command::new("node").env("PATH", node::path()).arg("www/start.mjs").args(arguments).exec();
    Err(error).context("cannot run node")
}
