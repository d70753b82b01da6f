//! Writes a script for each row of a provider, so that the package imports only the rows that it names.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::files;

const ROWS: &str = "src/provider/rows";
const OUT: &str = "pkg/rows";

/// Writes `pkg/rows/<id>.js` from `src/provider/rows/<id>.json`.
pub fn build() -> Result<()> {
    for row in files::walk(ROWS)? {
        let name = row.file_stem().and_then(|name| name.to_str()).context("a row has a name")?;
        let json: Value = serde_json::from_slice(&files::read(&row)?)
            .with_context(|| format!("{} is not JSON", row.display()))?;
        // As text: engines read a string faster than an object, and the package parses only the rows that it uses.
        let text = Value::from(json.to_string());
        let script = format!("// Generated from {}.\nexport default {text};\n", row.display());
        let path = Path::new(OUT).join(name).with_extension("js");
        // Only if it differs, since the time of a file makes later steps build again.
        if files::read(&path).is_ok_and(|written| written == script.as_bytes()) {
            continue;
        }
        files::write(path, script)?;
    }
    Ok(())
}
