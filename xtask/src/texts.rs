//! README and licences: in git they are at the root; the package gets copies, because npm packs no links.

use anyhow::Result;

use crate::files;

const NAMES: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Makes the copies in `pkg` equal to the files of the root. An equal copy keeps its time.
pub fn copy() -> Result<()> {
    for name in NAMES {
        let (text, copy) = (files::read(name)?, format!("pkg/{name}"));
        if files::read(&copy).ok().as_ref() != Some(&text) {
            files::write(&copy, text)?;
        }
    }
    Ok(())
}
