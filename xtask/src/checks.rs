//! What `npm test` runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};
use duct::{Expression, cmd};

use crate::files;
use crate::node::{self, node, tool};
use crate::rust::{WASM, cargo};
use crate::steps::{Prints, Report, Step};
use crate::system::{self, CHROMIUM, FIREFOX, PYTHON, Program, REDIS};
use crate::{wasm, www};

/// Which tests need a program of the operating system, by what their path begins with; the first that fits counts.
const NEEDS: [(&str, &Program); 10] = [
    ("tests/browser/firefox", &FIREFOX),
    ("tests/browser/", &CHROMIUM),
    ("tests/examples/browser", &CHROMIUM),
    ("tests/examples/fleet", &REDIS),
    ("tests/js/manager/redis", &REDIS),
    ("tests/js/stores/redis", &REDIS),
    ("tests/packaging/packaging", &CHROMIUM),
    ("tests/runtimes/chromium", &CHROMIUM),
    ("tests/servers/authlib", &PYTHON),
    ("tests/stability/redis", &REDIS),
];

/// Each script in these folders runs tests, whatever its name.
const PROGRAMS: [&str; 2] = ["tests/packaging", "tests/runtimes"];

/// Runs everything, or the steps whose name has one of the words.
pub fn test(words: &[String]) -> Result<()> {
    let started = Instant::now();
    let chosen = |step: &Step| words.is_empty() || words.iter().any(|word| step.name.contains(word));
    let lanes = [rust_steps(), node_steps()?].map(|lane| lane.into_iter().filter(chosen).collect::<Vec<_>>());
    if lanes.iter().all(Vec::is_empty) {
        bail!("no step is called {}", words.join(" or "));
    }
    let programs: Vec<&Program> = lanes.iter().flatten().filter_map(|step| step.needs).collect();

    let report = Report::default();
    std::thread::scope(|scope| {
        scope.spawn(|| report.run("programs of the system", || system::provide(&programs)));
        report.run("build", || wasm::build().and_then(|()| www::build()));
    });
    if report.is_passing() && lanes.iter().flatten().any(|step| step.name.contains("tests/bench")) {
        report.run("libraries of the benchmark", node::ensure_peers);
    }
    if report.is_passing() {
        report.run_lanes(lanes.into());
    }
    report.close(started)
}

/// Prints the sizes of what ships.
pub fn size() -> Result<()> {
    wasm::build()?;
    sizes().run()?;
    Ok(())
}

/// The API reference of the declarations, in target/docs. It needs a TypeScript of its own.
fn typedoc() -> Expression {
    cmd!("docs/node_modules/.bin/typedoc", "--options", "docs/typedoc.json", "--logLevel", "Warn")
}

fn sizes() -> Expression {
    node(["tests/size.mjs"])
}

fn step(name: &str, command: Expression, prints: Prints) -> Step {
    Step { name: name.to_owned(), command, prints, needs: None }
}

fn rust_steps() -> Vec<Step> {
    let clippy = |what: &[&str]| {
        let arguments = ["clippy", "--quiet"].iter().chain(what).chain(&["--", "--deny", "warnings"]);
        cmd(cargo(), arguments)
    };
    let core = ["--package", "grantkit", "--lib", "--target", WASM];
    let doc = |what: &[&str]| {
        let arguments = ["doc", "--quiet", "--no-deps", "--workspace", "--all-features"];
        cmd(cargo(), arguments.iter().chain(what)).env("RUSTDOCFLAGS", "--deny warnings")
    };
    let test = cmd!(cargo(), "test", "--workspace", "--all-features");
    vec![
        step("cargo fmt", cmd!(cargo(), "fmt", "--check"), Prints::Complaints),
        step("clippy", clippy(&["--workspace", "--all-targets", "--all-features"]), Prints::Complaints),
        step("clippy wasm32", clippy(&core), Prints::Complaints),
        step(
            "clippy wasm32 testing",
            clippy(&[&core[..], &["--features", "testing"]].concat()),
            Prints::Complaints,
        ),
        step("cargo test", test, Prints::Tests),
        step("cargo doc", doc(&[]), Prints::Complaints),
        step("cargo doc private", doc(&["--document-private-items"]), Prints::Complaints),
    ]
}

fn node_steps() -> Result<Vec<Step>> {
    let mut steps = vec![
        step("tsc", tool("tsc", ["--project", "."]), Prints::Complaints),
        step("tsc tests/bench", tool("tsc", ["--project", "tests/bench"]), Prints::Complaints),
        step("biome", tool("biome", ["ci", "--colors=off", "--error-on-warnings"]), Prints::Complaints),
        step("typedoc", typedoc(), Prints::Complaints),
        step("size", sizes(), Prints::Figures),
    ];
    for (name, files) in test_files(files::walk("tests")?) {
        let needs = needs(&name);
        let arguments = ["--test", "--test-reporter=spec"].map(PathBuf::from).into_iter().chain(files);
        steps.push(Step { needs, ..step(&name, node(arguments), Prints::Tests) });
    }
    Ok(steps)
}

fn needs(path: &str) -> Option<&'static Program> {
    NEEDS.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, program)| *program)
}

/// The tests of node's runner: one step for each folder, but one for each program and for each file that needs one of
/// the system's.
fn test_files(paths: Vec<PathBuf>) -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in paths.into_iter().filter(|path| is_test(path)) {
        let is_alone = is_program(&path) || path.to_str().and_then(needs).is_some();
        let name = if is_alone { Some(path.as_path()) } else { path.parent() };
        let name = name.unwrap_or(&path).display().to_string();
        found.entry(name).or_default().push(path);
    }
    found
}

fn is_program(path: &Path) -> bool {
    PROGRAMS.iter().any(|folder| path.parent() == Some(Path::new(folder)))
}

fn is_test(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_script = [".mjs", ".cjs", ".js"].iter().any(|ending| name.ends_with(ending));
    let is_ours = !path.components().any(|part| part.as_os_str() == "node_modules");
    is_ours && is_script && (name.contains(".test.") || is_program(path))
}

#[cfg(test)]
mod tests {
    use super::{needs, test_files};
    use crate::system::{CHROMIUM, FIREFOX};
    use std::path::PathBuf;

    #[test]
    fn each_browser_is_needed_by_its_own_tests() {
        assert_eq!(needs("tests/browser/connect.test.mjs"), Some(&CHROMIUM));
        assert_eq!(needs("tests/browser/firefox.test.mjs"), Some(&FIREFOX));
        assert_eq!(needs("tests/js"), None);
    }

    #[test]
    fn folders_are_steps_and_so_are_programs_and_the_needy() {
        let paths = [
            "tests/bench/node_modules/peer/its.test.js",
            "tests/browser/firefox.test.mjs",
            "tests/browser/support/firefox.mjs",
            "tests/js/a.test.mjs",
            "tests/js/b.test.mjs",
            "tests/js/expect.mjs",
            "tests/js/stores/file.test.mjs",
            "tests/js/stores/redis.test.mjs",
            "tests/runtimes/commonjs.cjs",
            "tests/runtimes/support/page.mjs",
            "tests/servers/requirements.txt",
            "tests/size.mjs",
        ];
        let found = test_files(paths.map(PathBuf::from).to_vec());
        let found: Vec<(&str, usize)> =
            found.iter().map(|(name, files)| (name.as_str(), files.len())).collect();
        let expected = [
            ("tests/browser/firefox.test.mjs", 1),
            ("tests/js", 2),
            ("tests/js/stores", 1),
            ("tests/js/stores/redis.test.mjs", 1),
            ("tests/runtimes/commonjs.cjs", 1),
        ];
        assert_eq!(found, expected);
    }
}
