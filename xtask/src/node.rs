//! Node, and the development tools that package-lock.json pins.

use std::env;
use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use duct::{Expression, cmd};
use serde_json::{Map, Value};

use crate::files;

const OLDEST: u32 = 20;
const LOCKFILE: &str = "package-lock.json";
const INSTALLED: &str = "node_modules/.package-lock.json";
/// A project of its own, so that only the benchmark needs its libraries.
const BENCH: &str = "tests/bench";

/// A program of the installed development tools.
pub fn tool(name: &str, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Expression {
    cmd(format!("node_modules/.bin/{name}"), arguments).env("PATH", path())
}

/// `node` with arguments.
pub fn node(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Expression {
    cmd("node", arguments).env("PATH", path())
}

/// PATH without the programs of packages, which npm puts in front: other versions of Node are among them.
pub fn path() -> OsString {
    without_packages(&env::var_os("PATH").unwrap_or_default())
}

fn without_packages(path: &OsString) -> OsString {
    let folders = env::split_paths(path).filter(|folder| !folder.ends_with("node_modules/.bin"));
    env::join_paths(folders).unwrap_or_else(|_| path.clone())
}

/// Installs the development tools unless they are those of the lockfile.
pub fn ensure_modules() -> Result<()> {
    ensure_version()?;
    ensure(".", "the development tools")
}

/// Installs the libraries that the benchmark measures grantkit beside.
pub fn ensure_peers() -> Result<()> {
    ensure(BENCH, "the libraries of the benchmark")
}

/// Runs `npm ci` in a folder unless its node_modules is that of the lockfile.
fn ensure(folder: &str, what: &str) -> Result<()> {
    let locked = packages(&format!("{folder}/{LOCKFILE}"))?;
    if packages(&format!("{folder}/{INSTALLED}")).is_ok_and(|installed| agree(&locked, &installed)) {
        return Ok(());
    }
    println!("installing {what} (npm ci)");
    let install = cmd!("npm", "ci", "--loglevel", "error").dir(folder).env("PATH", path());
    install.run().context("npm ci failed; its message is above")?;
    Ok(())
}

fn ensure_version() -> Result<()> {
    let version =
        node(["--version"]).read().context("Node is missing: install it from https://nodejs.org")?;
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|digits| digits.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!("this is Node {version}: install Node {OLDEST} or later");
    }
    Ok(())
}

fn packages(path: &str) -> Result<Map<String, Value>> {
    let mut lock: Value =
        serde_json::from_slice(&files::read(path)?).with_context(|| format!("{path} is not JSON"))?;
    match lock.get_mut("packages").map(Value::take) {
        Some(Value::Object(packages)) => Ok(packages),
        _ => bail!("{path} lists no packages"),
    }
}

/// Whether every required package is installed in the locked version. Builds for other platforms may be missing.
fn agree(locked: &Map<String, Value>, installed: &Map<String, Value>) -> bool {
    locked.iter().filter(|(path, _)| path.starts_with("node_modules/")).all(|(path, entry)| {
        let same = |there: &Value| {
            ["version", "integrity", "link"].iter().all(|key| there.get(key) == entry.get(key))
        };
        let optional = ["optional", "devOptional"].iter().any(|key| entry.get(key).is_some());
        installed.get(path).map_or(optional, same)
    })
}

#[cfg(test)]
mod tests {
    use super::{agree, without_packages};
    use serde_json::{Value, json};

    fn agrees(locked: Value, installed: Value) -> bool {
        agree(locked.as_object().unwrap(), installed.as_object().unwrap())
    }

    #[test]
    fn the_node_of_the_machine_runs_and_not_that_of_a_package() {
        let path = "/clone/node_modules/.bin:/node_modules/.bin:/opt/node_modules:/usr/bin";
        assert_eq!(without_packages(&path.into()), "/opt/node_modules:/usr/bin");
    }

    #[test]
    fn a_package_that_is_missing_or_of_another_version_is_installed() {
        let locked =
            json!({ "": {}, "pkg": {}, "node_modules/a": { "version": "1.0.0", "integrity": "sha512-x" } });
        assert!(agrees(locked.clone(), locked.clone()));
        assert!(!agrees(locked.clone(), json!({})));
        assert!(!agrees(
            locked.clone(),
            json!({ "node_modules/a": { "version": "1.0.1", "integrity": "sha512-x" } })
        ));
        assert!(!agrees(
            locked,
            json!({ "node_modules/a": { "version": "1.0.0", "integrity": "sha512-y" } })
        ));
    }

    #[test]
    fn a_build_for_another_platform_may_be_missing_but_not_of_another_version() {
        let locked = json!({ "node_modules/a": { "version": "1.0.0", "optional": true } });
        assert!(agrees(locked.clone(), json!({})));
        assert!(!agrees(locked, json!({ "node_modules/a": { "version": "0.9.0", "optional": true } })));
    }
}
