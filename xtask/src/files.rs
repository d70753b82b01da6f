//! Reading, writing and finding files, with the path in the error.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What xtask keeps between runs: logs, stamps and files on their way to `pkg/wasm`.
pub const CACHE: &str = "target/xtask";

pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    let path = path.as_ref();
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

pub fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> Result<()> {
    let path = path.as_ref();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, contents).with_context(|| format!("cannot write {}", path.display()))
}

/// A hash of the names and the contents of files.
pub fn fingerprint(paths: impl IntoIterator<Item = PathBuf>, beside: impl Hash) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    beside.hash(&mut hasher);
    for path in paths {
        read(&path)?.hash(&mut hasher);
        path.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Makes an output, unless it exists and was made of the same inputs. `name` is that of the stamp.
pub fn make_once(name: &str, inputs: &str, output: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = Path::new(CACHE).join(name).with_extension("stamp");
    let is_current = read(&stamp).is_ok_and(|made| made == inputs.as_bytes());
    if is_current && Path::new(output).exists() {
        return Ok(());
    }
    make()?;
    write(stamp, inputs)
}

/// Puts a file in its place in one step, so that no reader meets half of it.
pub fn place(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

/// All files below a folder, in order of their names; none when there is no such folder.
pub fn walk(folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let folder = folder.as_ref();
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { found.extend(walk(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
