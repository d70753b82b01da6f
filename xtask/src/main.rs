//! The steps behind `npm start`, `npm test` and `npm run build`.

mod areas;
mod bench;
mod checks;
mod cli;
mod files;
mod fuzz;
mod mutants;
mod nearest;
mod node;
mod notices;
mod package;
mod release;
mod rows;
mod rust;
mod simulate;
mod snapshot;
mod start;
mod steps;
mod system;
mod tally;
mod wasm;
mod www;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

type Verb = fn(&[String]) -> Result<()>;

const VERBS: &[(&str, &str, Verb)] = &[
    ("build", "compile the core, write the generated files of pkg", build),
    ("start", "build, then run the main job and the demo", start::start),
    (
        "test",
        "build, then run every check; words choose steps, --list prints them, --full adds long ones",
        checks::test,
    ),
    ("check", "rebuild what changed, then run the quick tests of an area: check manager", checks::check),
    (
        "simulate",
        "run many processes with one grant through --seeds N worlds, or show --seed S",
        simulate::simulate,
    ),
    (
        "fuzz",
        "run the fuzz targets from their corpus: fuzz json --seconds 600; --keep keeps new inputs",
        fuzz::fuzz,
    ),
    (
        "mutants",
        "change src in one place at a time, and find the changes that no test notices",
        mutants::mutants,
    ),
    ("test-module", "build the module quickly and run its tests, as `mutants` does", test_module),
    ("bench", "measure beside other libraries; words choose rows by name", bench::bench),
    ("release", "build with the pinned compiler, write what is published to a folder", release::release),
    ("snapshot", "write what the package and the crate export to tests/stability/snapshots", snapshot),
    ("size", "print the sizes of what ships, fail above the limits", checks::size),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("", arguments.as_slice()),
    };
    let Some((_, _, verb)) = VERBS.iter().find(|(known, ..)| *known == name) else {
        if let Some(near) =
            nearest::nearest(name, VERBS.iter().map(|(known, ..)| *known)).filter(|_| !name.is_empty())
        {
            eprintln!("no verb is called {name:?}: use {near:?}");
        }
        eprintln!("usage: cargo xtask VERB");
        for (name, what, _) in VERBS {
            eprintln!("  {name:8} {what}");
        }
        return ExitCode::from(2);
    };
    match enter_root().and_then(|()| verb(rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn snapshot(arguments: &[String]) -> Result<()> {
    nearest::refuse_all(arguments)?;
    snapshot::write()
}

fn test_module(arguments: &[String]) -> Result<()> {
    nearest::refuse_all(arguments)?;
    mutants::test_module()
}

fn build(arguments: &[String]) -> Result<()> {
    nearest::refuse_all(arguments)?;
    wasm::build(wasm::Build::Release)
}

/// Every path below is relative to the root of the workspace.
fn enter_root() -> Result<()> {
    // The copy of a mutant runs the program of another tree.
    if std::env::var_os(mutants::MODULES).is_some() {
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    std::env::set_current_dir(root).with_context(|| format!("{} is not there", root.display()))
}
