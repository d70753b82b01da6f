//! The command line: from `pkg/cli/src` to the scripts of `pkg/cli` that ship.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::files;
use crate::node;

const SOURCES: &str = "pkg/cli/src";
const BUNDLER: &str = "xtask/cli.mjs";
const LICENCES: &str = "xtask/licence.mjs";
/// One of the outputs; the bundler puts them in place together.
const PROGRAM: &str = "pkg/cli/grantkit.js";

/// Bundles the command line, unless no input changed since.
pub fn build() -> Result<()> {
    files::make_once("cli", &inputs()?, PROGRAM, || {
        node::node([BUNDLER]).run().context("the command line does not bundle")?;
        Ok(())
    })
}

/// A hash of all inputs. The lockfile stands for the libraries, and the manifest for the version.
fn inputs() -> Result<String> {
    let settings = [BUNDLER, LICENCES, "pkg/package.json", "package-lock.json"];
    files::fingerprint(files::walk(SOURCES)?.into_iter().chain(settings.map(PathBuf::from)), ())
}
