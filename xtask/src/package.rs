//! The folder that npm packs: from `pkg` to `target/package`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::files::{self, CACHE};
use crate::node;

const PACKAGE: &str = "pkg";
const SOURCES: &str = "pkg/cli/src";
const PACKAGER: &str = "xtask/package.mjs";
const OUT: &str = "target/package";

/// Makes the folder, unless no input changed since.
pub fn build() -> Result<()> {
    let inputs = inputs()?;
    let stamp = Path::new(CACHE).join("package.stamp");
    let made = files::read(&stamp).is_ok_and(|made| made == inputs.as_bytes());
    if made && Path::new(OUT).is_dir() {
        return Ok(());
    }
    node::node([PACKAGER]).run().context("the package cannot be made")?;
    files::write(stamp, inputs)
}

/// A hash of all inputs. The lockfile stands for the bundler.
fn inputs() -> Result<String> {
    let others = [PACKAGER, "package-lock.json", "README.md", "LICENSE-APACHE", "LICENSE-MIT"];
    let shipped = files::walk(PACKAGE)?.into_iter().filter(|path| !path.starts_with(SOURCES));
    files::fingerprint(shipped.chain(others.map(PathBuf::from)), ())
}
