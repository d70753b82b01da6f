//! The folder that npm packs: from `pkg` to `target/package`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::files;
use crate::node;

const PACKAGE: &str = "pkg";
const SOURCES: &str = "pkg/cli/src";
const PACKAGER: &str = "xtask/package.mjs";
const OUT: &str = "target/package";

/// Makes the folder, unless no input changed since.
pub fn build() -> Result<()> {
    files::make_once("package", &inputs()?, OUT, || {
        node::node([PACKAGER]).run().context("the package cannot be made")?;
        Ok(())
    })
}

/// A hash of all inputs. The lockfile stands for the bundler.
fn inputs() -> Result<String> {
    let others = [PACKAGER, "package-lock.json", "README.md", "LICENSE-APACHE", "LICENSE-MIT"];
    let shipped = files::walk(PACKAGE)?.into_iter().filter(|path| !path.starts_with(SOURCES));
    files::fingerprint(shipped.chain(others.map(PathBuf::from)), ())
}
