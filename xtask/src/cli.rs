//! The command line: from `pkg/cli/src` to the scripts of `pkg/cli` that ship.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::files::{self, CACHE};
use crate::node;

const SOURCES: &str = "pkg/cli/src";
const BUNDLER: &str = "xtask/cli.mjs";
/// One of the outputs; the bundler puts them in place together.
const PROGRAM: &str = "pkg/cli/grantkit.js";

/// Bundles the command line, unless no input changed since.
pub fn build() -> Result<()> {
    let inputs = inputs()?;
    let stamp = Path::new(CACHE).join("cli.stamp");
    let made = files::read(&stamp).is_ok_and(|made| made == inputs.as_bytes());
    if made && Path::new(PROGRAM).is_file() {
        return Ok(());
    }
    node::node([BUNDLER]).run().context("the command line does not bundle")?;
    files::write(stamp, inputs)
}

/// A hash of all inputs. The lockfile stands for the libraries, and the manifest for the version.
fn inputs() -> Result<String> {
    let settings = [BUNDLER, "pkg/package.json", "package-lock.json"];
    files::fingerprint(files::walk(SOURCES)?.into_iter().chain(settings.map(PathBuf::from)), ())
}
