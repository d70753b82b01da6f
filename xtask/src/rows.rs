//! Writes a script for each row of a provider, so that the package imports only the rows that it names.

use std::path::Path;

use anyhow::{Context, Result};

use crate::files;

const ROWS: &str = "src/provider/rows";
const OUT: &str = "pkg/rows";

/// Writes `pkg/rows/<id>.js` from `src/provider/rows/<id>.json`.
pub fn build() -> Result<()> {
    for row in files::walk(ROWS)? {
        let name = row.file_stem().and_then(|name| name.to_str()).context("a row has a name")?;
        let json = String::from_utf8(files::read(&row)?)?;
        let script = format!("// Generated from {}.\nexport default {};\n", row.display(), json.trim());
        let path = Path::new(OUT).join(name).with_extension("js");
        // Only if it differs, since the time of a file makes later steps build again.
        if files::read(&path).is_ok_and(|written| written == script.as_bytes()) {
            continue;
        }
        files::write(path, script)?;
    }
    Ok(())
}
