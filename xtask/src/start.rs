//! `npm start`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::wasm::{self, Build};
use crate::{node, www};

/// Builds, then replaces this process with the program, so that it gets signals directly.
pub fn start(arguments: &[String]) -> Result<()> {
    wasm::build(Build::Release)?;
    www::build()?;
    let error = Command::new("node").env("PATH", node::path()).arg("www/start.mjs").args(arguments).exec();
    Err(error).context("cannot run node")
}
