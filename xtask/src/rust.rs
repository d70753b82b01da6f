//! The Rust toolchain: cargo itself, and the wasm32 target.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;

pub const WASM: &str = "wasm32-unknown-unknown";

/// The cargo that runs this program, so that one toolchain does everything.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The compiler that cargo uses.
pub fn rustc() -> String {
    std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())
}

/// The compiler of a release, as it names itself. Another one makes other bytes of the same sources.
pub const RELEASE: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

/// Whether a module that is compiled here is that of a release.
pub fn check_for_release() -> Result<()> {
    check(&cmd!(rustc(), "--version").read()?, |name| std::env::var_os(name).is_some())
}

fn check(version: &str, is_set: impl Fn(&str) -> bool) -> Result<()> {
    if version != RELEASE {
        let number = RELEASE.split(' ').nth(1).unwrap_or_default();
        bail!(
            "this is {version}, and a release is compiled by {RELEASE}: run `rustup toolchain install {number} --profile \
             minimal --component clippy,rustfmt --target {WASM}`, and then `cargo +{number} xtask release`"
        );
    }
    match ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].into_iter().find(|name| is_set(name)) {
        Some(name) => bail!("{name} replaces the options in .cargo/config.toml: unset it"),
        None => Ok(()),
    }
}

/// The target of this machine.
pub fn host() -> Result<String> {
    let version = cmd!(rustc(), "--version", "--verbose").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}

/// Adds the wasm32 target if it is missing.
pub fn ensure_target() -> Result<()> {
    let library = cmd!(rustc(), "--print", "target-libdir", "--target", WASM).read()?;
    if Path::new(&library).is_dir() {
        return Ok(());
    }
    println!("adding the Rust target {WASM}");
    if cmd!("rustup", "target", "add", WASM).run().is_err() {
        bail!(
            "the Rust target {WASM} is missing and rustup could not add it: run `rustup target add {WASM}` where there \
             is a network, or install your distribution's package of Rust's standard library for wasm32"
        );
    }
    Ok(())
}

/// A setting for cargo that keeps the folders of this machine out of the module: panics name the files they are in.
pub fn without_machine_paths() -> Result<String> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("there is neither CARGO_HOME nor a home folder: set CARGO_HOME")?
            .join(".cargo"),
    };
    let registries = fs::read_dir(home.join("registry/src")).map(Iterator::flatten);
    let folders = registries.into_iter().flatten().map(|folder| folder.path());
    let flags: Vec<String> =
        folders.map(|folder| format!("'--remap-path-prefix={}=dependencies'", folder.display())).collect();
    Ok(format!("target.{WASM}.rustflags=[{}]", flags.join(",")))
}

#[cfg(test)]
mod tests {
    use super::{RELEASE, check};

    #[test]
    fn a_release_is_compiled_by_one_compiler_without_other_options() {
        assert!(check(RELEASE, |_| false).is_ok());
        let refused = |version, is_set: fn(&str) -> bool| check(version, is_set).unwrap_err().to_string();
        for other in [
            "rustc 1.96.0 (0a1b2c3d4 2026-05-28)",
            "rustc 1.95.0 (59807616e 2026-04-14) (built from a source tarball)",
        ] {
            let message = refused(other, |_| false);
            assert!(
                message.starts_with(&format!("this is {other}, and a release is compiled by {RELEASE}: run"))
            );
            assert!(message.ends_with("`cargo +1.95.0 xtask release`"), "{message}");
        }
        assert!(refused(RELEASE, |name| name == "RUSTFLAGS").ends_with(": unset it"));
    }
}
