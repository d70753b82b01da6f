//! What `npm test` and `cargo xtask check` run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use duct::{Expression, cmd};

use crate::areas::{self, AREAS, Area};
use crate::files;
use crate::nearest::{nearest, refuse_all};
use crate::node::{self, node, tool};
use crate::rust::{WASM, cargo};
use crate::steps::{Prints, Report, Step};
use crate::system::{self, CHROMIUM, CXX, FIREFOX, PYTHON, Program, REDIS};
use crate::wasm::{self, Build};
use crate::www;

/// Which tests need a program of the operating system, by the beginning of their path; the first match counts.
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

/// Every script in these folders runs tests.
const PROGRAMS: [&str; 2] = ["tests/packaging", "tests/runtimes"];

const TEST_FLAGS: [&str; 2] = ["--list", "--full"];

/// How many worlds `--full` simulates, and in how many steps, each of which ends well within the limit of a step.
const FULL_SEEDS: u64 = 1_000_000;
const FULL_SPLIT: u64 = 4;
/// For how many seconds `--full` fuzzes.
const FULL_FUZZ: &str = "600";
/// How many times as many cases `--full` gives to each property.
const FULL_CASES: &str = "10";
/// What the names of steps begin with that only `--full` or a word chooses.
const FULL: &str = "full: ";

/// What the command line asks of `test`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    list: bool,
    full: bool,
    words: Vec<String>,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--list" => wanted.list = true,
                "--full" => wanted.full = true,
                flag if flag.starts_with('-') => {
                    bail!("{flag} is not known: use {}", nearest(flag, TEST_FLAGS).unwrap_or_default())
                }
                word => wanted.words.push(word.to_owned()),
            }
        }
        Ok(wanted)
    }

    fn chooses(&self, step: &Step) -> bool {
        let is_named = || self.words.iter().any(|word| step.name.contains(word));
        if self.words.is_empty() { self.full || !step.name.starts_with(FULL) } else { is_named() }
    }

    /// Every word chooses a step.
    fn check(&self, steps: &[&Step]) -> Result<()> {
        for word in &self.words {
            if !steps.iter().any(|step| step.name.contains(word)) {
                let names = steps.iter().map(|step| step.name.as_str());
                let near = nearest(word, names).unwrap_or_default();
                bail!("no step is called {word:?}: use {near:?}, or `cargo xtask test --list` to see all");
            }
        }
        Ok(())
    }
}

/// Runs what `npm test` runs, with `--full` also what takes too long for it, or the steps that a word chooses.
pub fn test(arguments: &[String]) -> Result<()> {
    let started = Instant::now();
    let wanted = Wanted::read(arguments)?;
    let lanes = [[rust_steps()?, full_steps()?].into_iter().flatten().collect(), node_steps()?];
    wanted.check(&lanes.iter().flatten().collect::<Vec<_>>())?;
    let lanes =
        lanes.map(|lane: Vec<Step>| lane.into_iter().filter(|step| wanted.chooses(step)).collect::<Vec<_>>());
    if wanted.list {
        for step in lanes.iter().flatten() {
            println!("{}", step.name);
        }
        return Ok(());
    }
    let programs: Vec<&Program> = lanes.iter().flatten().filter_map(|step| step.needs).collect();

    let report = Report::default();
    std::thread::scope(|scope| {
        scope.spawn(|| report.run("programs of the system", || system::provide(&programs)));
        report.run("build", || wasm::build(Build::Release).and_then(|()| www::build()));
    });
    if report.is_passing() && lanes.iter().flatten().any(|step| step.name.contains("tests/bench")) {
        report.run("libraries of the benchmark", node::ensure_peers);
    }
    if report.is_passing() {
        report.run_lanes(lanes.into());
    } else {
        println!("\nno test ran, since what they need could not be made; the reason is above");
    }
    report.close(started)
}

/// Rebuilds what changed and runs the quick tests of the named areas, or of those whose files differ from the last commit.
pub fn check(arguments: &[String]) -> Result<()> {
    let started = Instant::now();
    let areas = chosen_areas(arguments)?;
    let cargo_steps = areas.iter().flat_map(|area| area.cargo.iter().map(|of| area_cargo_step(area, of)));
    let cargo_lane: Vec<Step> = cargo_steps.collect();
    let node_lane = areas.iter().map(|area| area_node_steps(area)).collect::<Result<Vec<_>>>()?.concat();

    let report = Report::default();
    std::thread::scope(|scope| {
        scope.spawn(|| report.run_lanes(vec![cargo_lane]));
        if node_lane.is_empty() {
            return;
        }
        let built = report.run("build", || {
            wasm::build(Build::Quick)?;
            if areas.iter().any(|area| area.demo) { www::build() } else { Ok(()) }
        });
        if built {
            report.run_lanes(vec![node_lane]);
        }
    });
    let slow: Vec<&str> = areas.iter().flat_map(|area| area.slow.iter().copied()).collect();
    if !slow.is_empty() {
        println!("\nonly npm test runs {}", slow.join(", "));
    }
    report.close(started)
}

fn chosen_areas(arguments: &[String]) -> Result<Vec<&'static Area>> {
    let names = || AREAS.iter().map(|area| area.name);
    if arguments.is_empty() {
        let changed = areas::changed()?;
        if changed.is_empty() {
            bail!(
                "no file of an area differs from the last commit: name one of {}",
                names().collect::<Vec<_>>().join(", ")
            );
        }
        return Ok(changed);
    }
    let find = |name: &String| {
        let found = AREAS.iter().find(|area| area.name == name);
        let near = || nearest(name, names()).unwrap_or_default();
        found.with_context(|| {
            format!("no area is called {name:?}: use {:?} or one of CONTRIBUTING.md's table", near())
        })
    };
    arguments.iter().map(find).collect()
}

fn area_cargo_step(area: &Area, arguments: &[&str]) -> Step {
    let package = if arguments.contains(&"--package") { &[][..] } else { &["--package", "grantkit"] };
    let command = cmd(cargo(), ["test", "--all-features"].iter().chain(package).chain(arguments));
    step(&format!("{}: cargo test {}", area.name, arguments.join(" ")), command, Prints::Tests)
}

/// One step for all files, and one for each that needs a program of the system.
fn area_node_steps(area: &Area) -> Result<Vec<Step>> {
    let (alone, together): (Vec<_>, Vec<_>) =
        area.scripts()?.into_iter().partition(|path| path.to_str().and_then(needs).is_some());
    let all = Some((area.name.to_owned(), together)).filter(|(_, files)| !files.is_empty());
    let each = alone.into_iter().map(|path| (path.display().to_string(), vec![path]));
    Ok(all.into_iter().chain(each).map(|(name, files)| node_step(&name, files)).collect())
}

/// Prints the sizes of what ships.
pub fn size(arguments: &[String]) -> Result<()> {
    refuse_all(arguments)?;
    wasm::build(Build::Release)?;
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

fn rust_steps() -> Result<Vec<Step>> {
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
    Ok(vec![
        step("cargo fmt", cmd!(cargo(), "fmt", "--check"), Prints::Errors),
        step("clippy", clippy(&["--workspace", "--all-targets", "--all-features"]), Prints::Errors),
        step("clippy wasm32", clippy(&core), Prints::Errors),
        step(
            "clippy wasm32 testing",
            clippy(&[&core[..], &["--features", "testing"]].concat()),
            Prints::Errors,
        ),
        step("cargo test", test, Prints::Tests),
        step("cargo doc", doc(&[]), Prints::Errors),
        step("cargo doc private", doc(&["--document-private-items"]), Prints::Errors),
        fuzz_step("fuzz", &[])?,
    ])
}

fn fuzz_step(name: &str, arguments: &[&str]) -> Result<Step> {
    let program = std::env::current_exe().context("this program has no path")?;
    let command = cmd(program, ["fuzz"].iter().chain(arguments));
    Ok(Step { needs: Some(&CXX), ..step(name, command, Prints::Figures) })
}

fn node_steps() -> Result<Vec<Step>> {
    let mut steps = vec![
        step("tsc", tool("tsc", ["--project", "."]), Prints::Errors),
        step("tsc tests/bench", tool("tsc", ["--project", "tests/bench"]), Prints::Errors),
        step("biome", tool("biome", ["ci", "--colors=off", "--error-on-warnings"]), Prints::Errors),
        step("typedoc", typedoc(), Prints::Errors),
        step("size", sizes(), Prints::Figures),
    ];
    steps.extend(test_files(files::walk("tests")?).into_iter().map(|(name, files)| node_step(&name, files)));
    Ok(steps)
}

fn node_step(name: &str, files: Vec<PathBuf>) -> Step {
    let arguments = ["--test", "--test-reporter=spec"].map(PathBuf::from).into_iter().chain(files);
    Step { needs: needs(name), ..step(name, node(arguments), Prints::Tests) }
}

/// What `npm test` cuts short or leaves out: the simulator has more seeds, the properties more cases, the fuzzer more time, and
/// the package is built in a second folder.
fn full_steps() -> Result<Vec<Step>> {
    let program = std::env::current_exe().context("this program has no path")?;
    let each = FULL_SEEDS / FULL_SPLIT;
    let simulate = (0..FULL_SPLIT).map(|part| {
        let from = part * each;
        let arguments =
            ["simulate", "--seeds", &each.to_string(), "--from", &from.to_string()].map(OsString::from);
        let name = format!("{FULL}simulate seeds {from} to {}", from + each - 1);
        step(&name, cmd(&program, arguments), Prints::Errors)
    });
    let properties = ["test", "--package", "grantkit", "--all-features", "--test", "properties"];
    let properties = cmd(cargo(), properties).env("GRANTKIT_CASES", FULL_CASES);
    let again = node(["--test", "--test-reporter=spec", "tests/packaging/again/second-folder.mjs"]);
    let others = [("properties", properties), ("second folder", again)];
    let others = others.map(|(name, command)| step(&format!("{FULL}{name}"), command, Prints::Tests));
    let fuzz = fuzz_step(&format!("{FULL}fuzz"), &["--seconds", FULL_FUZZ])?;
    Ok(simulate.chain(others).chain([fuzz]).collect())
}

fn needs(path: &str) -> Option<&'static Program> {
    NEEDS.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, program)| *program)
}

/// The tests of node's runner: one step for each folder, but a step of its own for each program and for each file that
/// needs a program of the system.
pub fn test_files(paths: Vec<PathBuf>) -> BTreeMap<String, Vec<PathBuf>> {
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

pub fn is_test(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_script = [".mjs", ".cjs", ".js"].iter().any(|ending| name.ends_with(ending));
    let is_ours = !path.components().any(|part| part.as_os_str() == "node_modules");
    is_ours && is_script && (name.contains(".test.") || is_program(path))
}

#[cfg(test)]
mod tests {
    use super::{
        FULL, Prints, Step, Wanted, chosen_areas, cmd, full_steps, needs, node_steps, step, test_files,
    };
    use crate::system::{CHROMIUM, FIREFOX};
    use std::path::PathBuf;

    #[test]
    fn each_browser_is_needed_by_its_own_tests() {
        assert_eq!(needs("tests/browser/connect.test.mjs"), Some(&CHROMIUM));
        assert_eq!(needs("tests/browser/firefox.test.mjs"), Some(&FIREFOX));
        assert_eq!(needs("tests/js"), None);
    }

    #[test]
    fn folders_are_steps_and_so_are_programs_and_tests_that_need_one() {
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

    fn wanted(text: &str) -> anyhow::Result<Wanted> {
        Wanted::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn steps() -> Vec<Step> {
        ["biome", "tests/js", "tests/js/manager", "full: simulate"]
            .map(|name| step(name, cmd!("true"), Prints::Errors))
            .into()
    }

    #[test]
    fn words_choose_steps_and_full_adds_the_long_ones() {
        let chosen = |text: &str| {
            let wanted = wanted(text).unwrap();
            let chosen: Vec<String> =
                steps().iter().filter(|step| wanted.chooses(step)).map(|step| step.name.clone()).collect();
            chosen.join(", ")
        };
        assert_eq!(chosen(""), "biome, tests/js, tests/js/manager");
        assert_eq!(chosen("--full"), "biome, tests/js, tests/js/manager, full: simulate");
        assert_eq!(chosen("js/manager simulate --list"), "tests/js/manager, full: simulate");
    }

    #[test]
    fn unknown_words_flags_and_areas_are_refused_with_the_nearest_name() {
        let steps = steps();
        let steps: Vec<&Step> = steps.iter().collect();
        let message = |error: anyhow::Error| error.to_string();
        assert_eq!(message(wanted("--lst").unwrap_err()), "--lst is not known: use --list");
        assert!(wanted("biome js").unwrap().check(&steps).is_ok());
        let refused = message(wanted("biome manger").unwrap().check(&steps).unwrap_err());
        assert!(refused.starts_with("no step is called \"manger\": use \"tests/js/manager\""), "{refused}");
        let refused = message(chosen_areas(&["mangaer".to_owned()]).err().unwrap());
        assert!(refused.starts_with("no area is called \"mangaer\": use \"manager\""), "{refused}");
    }

    #[test]
    fn what_is_long_is_in_full_steps_only() {
        assert!(full_steps().unwrap().iter().all(|step| step.name.starts_with(FULL)));
        assert!(node_steps().unwrap().iter().all(|step| !step.name.starts_with(FULL)));
    }
}
