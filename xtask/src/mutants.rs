//! Mutation testing: cargo-mutants changes `src` in one place at a time, and finds the changes that no test notices.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;
use serde_json::Value;

use crate::checks;
use crate::files;
use crate::nearest::nearest;
use crate::node;
use crate::rust::cargo;
use crate::wasm::{self, Build};

const USAGE: &str = "mutants [FILE]... [--sample N]; files are those of src";
const FLAGS: [&str; 1] = ["--sample"];

const VERSION: &str = "27.1.0";
const TOOLS: &str = "target/tools";
const PROGRAM: &str = "target/tools/bin/cargo-mutants";
const OUTPUT: &str = "target/mutants";

/// The mutants that no test can notice, with reasons.
const SURVIVORS: &str = "tests/mutants.txt";

/// The least part of the mutants that tests notice, in percent.
const SCORE: usize = 95;

/// Where a copy of the project finds the development tools, since cargo-mutants copies no ignored file.
pub const MODULES: &str = "GRANTKIT_NODE_MODULES";
/// Where a copy of the project finds this program, so that it is not built for each mutant.
const XTASK: &str = "GRANTKIT_XTASK";

/// One way to run tests. A pass tries the mutants that no pass before it noticed, so the quick tests come first.
struct Pass {
    name: &'static str,
    /// What cargo-mutants is told of the files.
    mutants: &'static [&'static str],
    /// What `cargo test` is told.
    tests: &'static [&'static str],
}

/// Code that compiles only for wasm32: its tests run the module.
const NATIVE: &[&str] = &["--exclude=src/bindings/**", "--exclude=src/transport.rs"];

const PASSES: [Pass; 3] = [
    Pass {
        name: "unit tests and vectors",
        mutants: NATIVE,
        tests: &["--lib", "--test=vectors", "--test=native", "--test=wiped", "--test=fake_zoho"],
    },
    Pass {
        name: "properties and the simulator",
        mutants: NATIVE,
        tests: &["--test=properties", "--test=simulator"],
    },
    Pass { name: "the module in Node", mutants: &[], tests: &["--test=module"] },
];

/// The tests of the third pass.
const OF_THE_MODULE: [&str; 2] = ["tests/js", "tests/js/manager"];

/// The arguments of the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    files: Vec<String>,
    /// About so many mutants, from all files.
    sample: Option<usize>,
}

/// What tests made of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Caught,
    Missed,
    /// It does not compile.
    Unviable,
}

/// By the name of the mutant.
type Verdicts = BTreeMap<String, Verdict>;

/// Runs the mutants, and compares those that survive with the list of the known ones.
pub fn mutants(arguments: &[String]) -> Result<()> {
    let wanted = Wanted::read(arguments)?;
    wasm::build(Build::Quick)?;
    install()?;
    let known = Survivors::read(&String::from_utf8(files::read(SURVIVORS)?)?)?;
    let shard = wanted.shard()?;
    // The first pass would skip what tests noticed in an earlier run.
    if Path::new(OUTPUT).exists() {
        std::fs::remove_dir_all(OUTPUT)?;
    }
    let mut verdicts = Verdicts::new();
    for pass in &PASSES {
        println!("\n{}", pass.name);
        verdicts.extend(run(pass, &wanted, shard.as_deref())?);
    }
    judge(&verdicts, &known, &wanted)
}

/// Builds the module of this tree and runs its tests in Node: what `tests/module.rs` calls for each mutant.
pub fn test_module() -> Result<()> {
    if let Some(installed) = std::env::var_os(MODULES) {
        link_modules(Path::new(&installed))?;
    }
    wasm::build(Build::Quick)?;
    let mut files = checks::test_files(files::walk("tests/js")?);
    for folder in OF_THE_MODULE {
        let files = files.remove(folder).with_context(|| format!("{folder} has no test"))?;
        let test = node::node(["--test", "--test-reporter=dot"].map(PathBuf::from).into_iter().chain(files));
        test.run().with_context(|| format!("a test of {folder} failed"))?;
    }
    Ok(())
}

/// Makes a node_modules of links, in which `grantkit` is the package of this tree.
fn link_modules(installed: &Path) -> Result<()> {
    let here = Path::new("node_modules");
    if here.exists() {
        return Ok(());
    }
    std::fs::create_dir(here)?;
    for entry in std::fs::read_dir(installed)? {
        let name = entry?.file_name();
        let target = if name == "grantkit" { PathBuf::from("../pkg") } else { installed.join(&name) };
        symlink(target, here.join(name))?;
    }
    Ok(())
}

fn install() -> Result<()> {
    let installed = cmd!(PROGRAM, "mutants", "--version").stderr_null().read().unwrap_or_default();
    if installed.split_whitespace().last() == Some(VERSION) {
        return Ok(());
    }
    println!("installing cargo-mutants {VERSION}");
    let install = cmd!(
        cargo(),
        "install",
        "--quiet",
        "--locked",
        "--root",
        TOOLS,
        "--version",
        VERSION,
        "cargo-mutants"
    );
    install.run().context("cargo-mutants could not be installed")?;
    Ok(())
}

/// Runs one pass, and returns the verdict on each mutant that it tried.
fn run(pass: &Pass, wanted: &Wanted, shard: Option<&str>) -> Result<Verdicts> {
    let modules = std::env::current_dir()?.join("node_modules");
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut arguments: Vec<String> =
        ["mutants", "--iterate", "--no-times", "--output", OUTPUT].map(str::to_owned).to_vec();
    arguments.push(format!("--jobs={jobs}"));
    arguments.extend(pass.mutants.iter().map(|&argument| argument.to_owned()));
    arguments.extend(wanted.files.iter().map(|file| format!("--file={file}")));
    arguments.extend(shard.map(|shard| format!("--shard={shard}")));
    // For the build too, which would build every test otherwise.
    arguments.extend(pass.tests.iter().map(|argument| format!("--cargo-arg={argument}")));
    let xtask = std::env::current_exe()?;
    let tool =
        cmd(PROGRAM, arguments).env(MODULES, modules).env(XTASK, xtask).env("PROPTEST_MAX_SHRINK_ITERS", "0");
    let code = tool.unchecked().run()?.status.code();
    // 2: some were missed; 3: some ended only by the time limit.
    if !matches!(code, Some(0 | 2 | 3)) {
        bail!("cargo-mutants failed; its message is above");
    }
    let outcomes = format!("{OUTPUT}/mutants.out/outcomes.json");
    // A pass for which the passes before it left no mutant writes none.
    if !Path::new(&outcomes).exists() {
        return Ok(Verdicts::new());
    }
    verdicts(&serde_json::from_slice(&files::read(outcomes)?)?)
}

/// Reads outcomes.json of cargo-mutants.
fn verdicts(outcomes: &Value) -> Result<Verdicts> {
    let found = outcomes.pointer("/outcomes").and_then(Value::as_array).context("there are no outcomes")?;
    let named = found.iter().filter_map(|outcome| {
        let name = outcome.pointer("/scenario/Mutant/name")?.as_str()?;
        Some((name.to_owned(), outcome.pointer("/summary")?.as_str()?))
    });
    let verdict = |(name, summary): (String, &str)| {
        let verdict = match summary {
            // A mutant that runs for ever fails every test run.
            "CaughtMutant" | "Timeout" => Verdict::Caught,
            "MissedMutant" => Verdict::Missed,
            "Unviable" => Verdict::Unviable,
            other => bail!("the outcome {other:?} of cargo-mutants is not known"),
        };
        Ok((name, verdict))
    };
    named.map(verdict).collect()
}

/// Prints the score, and fails if it is too low or if the list of survivors is not that of this run.
fn judge(verdicts: &Verdicts, known: &Survivors, wanted: &Wanted) -> Result<()> {
    let count = |wanted| verdicts.values().filter(|&&verdict| verdict == wanted).count();
    let [caught, missed] = [Verdict::Caught, Verdict::Missed].map(count);
    if caught == 0 {
        bail!("no test noticed a mutant, so none was tried: {USAGE}");
    }
    println!(
        "\n{caught} of {} mutants were noticed: {} %",
        caught + missed,
        caught * 100 / (caught + missed)
    );

    let survived = verdicts.iter().filter(|(_, verdict)| **verdict == Verdict::Missed);
    let new: Vec<&str> =
        survived.map(|(name, _)| name.as_str()).filter(|name| !known.has(&place_of(name))).collect();
    let is_in_reach =
        |entry: &&str| wanted.files.is_empty() || wanted.files.iter().any(|file| entry.starts_with(file));
    let survives = |entry: &&str| {
        verdicts.iter().any(|(name, verdict)| *verdict == Verdict::Missed && place_of(name) == *entry)
    };
    let gone: Vec<&str> = match wanted.sample {
        Some(_) => Vec::new(),
        None => known.entries().filter(is_in_reach).filter(|entry| !survives(entry)).collect(),
    };
    for name in &new {
        println!("no test notices {name}");
    }
    for entry in &gone {
        println!("a test notices {entry}");
    }
    if !new.is_empty() {
        bail!("write a test that fails with each of these, or list it in {SURVIVORS} with its reason");
    }
    if !gone.is_empty() {
        bail!("remove these from {SURVIVORS}");
    }
    if wanted.sample.is_none() && caught * 100 < SCORE * (caught + missed) {
        bail!("less than {SCORE} % were noticed");
    }
    Ok(())
}

/// The name of a mutant without line and column, which other changes move.
fn place_of(name: &str) -> String {
    match name.split_once(": ") {
        Some((place, what)) => format!("{}: {what}", place.split(':').next().unwrap_or(place)),
        None => name.to_owned(),
    }
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self::default();
        let mut left = arguments.iter();
        while let Some(argument) = left.next() {
            match argument.as_str() {
                "--sample" => {
                    let number = left.next().and_then(|text| text.parse().ok()).filter(|&number| number > 0);
                    wanted.sample =
                        Some(number.with_context(|| format!("--sample needs a number: {USAGE}"))?);
                }
                flag if flag.starts_with('-') => {
                    bail!("{flag} is not known: use {}", nearest(flag, FLAGS).unwrap_or(USAGE))
                }
                file if file.starts_with("src/") && Path::new(file).is_file() => {
                    wanted.files.push(file.to_owned())
                }
                other => bail!("{other:?} is no file of src: {USAGE}"),
            }
        }
        Ok(wanted)
    }

    /// Which part of the mutants is the sample. Another state of `src` has another one.
    fn shard(&self) -> Result<Option<String>> {
        let Some(sample) = self.sample else { return Ok(None) };
        let list = cmd!(PROGRAM, "mutants", "--list", "--line-col=true").read()?;
        let shards = (list.lines().count() / sample).max(1);
        let hash = u64::from_str_radix(&files::fingerprint(files::walk("src")?, ())?, 16)?;
        Ok(Some(format!("{}/{shards}", hash % shards as u64)))
    }
}

/// The mutants that are known to survive.
#[derive(Debug, Default)]
struct Survivors(Vec<String>);

impl Survivors {
    /// Paragraphs: the reason in lines that begin with `#`, then the mutants that it explains.
    fn read(text: &str) -> Result<Self> {
        let mut found = Vec::new();
        for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            let (reason, mutants): (Vec<&str>, Vec<&str>) =
                paragraph.lines().partition(|line| line.starts_with('#'));
            if reason.is_empty() {
                bail!("{SURVIVORS} has no reason for {}", mutants.join(", "));
            }
            found.extend(mutants.into_iter().map(str::to_owned));
        }
        Ok(Self(found))
    }

    fn has(&self, entry: &str) -> bool {
        self.0.iter().any(|known| known == entry)
    }

    fn entries(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{SURVIVORS, Survivors, Verdict, Verdicts, Wanted, judge, place_of, verdicts};
    use serde_json::json;
    use std::path::Path;

    const NAME: &str = "src/text/json.rs:12:5: replace < with <= in number";
    const ENTRY: &str = "src/text/json.rs: replace < with <= in number";

    fn tried(names: &[(&str, Verdict)]) -> Verdicts {
        let caught = (0..95).map(|at| (format!("src/text/url.rs:{at}:1: replace it"), Verdict::Caught));
        caught.chain(names.iter().map(|(name, verdict)| ((*name).to_owned(), *verdict))).collect()
    }

    #[test]
    fn a_survivor_is_listed_with_a_reason() {
        let none = Survivors::default();
        let listed = Survivors::read(&format!("# Both are right.\n{ENTRY}\n")).unwrap();
        let missed = tried(&[(NAME, Verdict::Missed)]);
        assert!(judge(&missed, &none, &Wanted::default()).is_err());
        assert!(judge(&missed, &listed, &Wanted::default()).is_ok());
        assert!(Survivors::read(ENTRY).is_err(), "there is no reason");
    }

    #[test]
    fn what_a_test_notices_is_not_listed() {
        let listed = Survivors::read(&format!("# Both are right.\n{ENTRY}\n")).unwrap();
        let noticed = tried(&[(NAME, Verdict::Caught)]);
        assert!(judge(&noticed, &listed, &Wanted::default()).is_err());
        let elsewhere = Wanted { files: vec!["src/text/url.rs".to_owned()], sample: None };
        assert!(judge(&noticed, &listed, &elsewhere).is_ok(), "its file was not asked for");
        let sample = Wanted { files: Vec::new(), sample: Some(10) };
        assert!(judge(&noticed, &listed, &sample).is_ok(), "a sample may leave it out");
    }

    #[test]
    fn the_score_is_kept() {
        let names: Vec<String> = (0..6).map(|at| format!("src/text/json.rs:{at}:5: replace it")).collect();
        let missed: Vec<(&str, Verdict)> =
            names.iter().map(|name| (name.as_str(), Verdict::Missed)).collect();
        let listed = Survivors::read("# Equal.\nsrc/text/json.rs: replace it\n").unwrap();
        assert!(judge(&tried(&missed), &listed, &Wanted::default()).is_err(), "95 of 101");
        assert!(judge(&tried(&missed[..5]), &listed, &Wanted::default()).is_ok(), "95 of 100");
        assert!(judge(&Verdicts::new(), &listed, &Wanted::default()).is_err(), "none was tried");
    }

    #[test]
    fn outcomes_are_read() {
        let outcome = |name: &str, summary: &str| json!({ "scenario": { "Mutant": { "name": name } }, "summary": summary });
        let found = verdicts(&json!({ "outcomes": [
            { "scenario": "Baseline", "summary": "Success" },
            outcome("a", "CaughtMutant"),
            outcome("b", "Timeout"),
            outcome("c", "MissedMutant"),
            outcome("d", "Unviable"),
        ] }))
        .unwrap();
        let expected = [Verdict::Caught, Verdict::Caught, Verdict::Missed, Verdict::Unviable];
        assert_eq!(found.into_values().collect::<Vec<_>>(), expected);
        assert!(verdicts(&json!({ "outcomes": [outcome("a", "Other")] })).is_err());
        assert!(verdicts(&json!({})).is_err());
    }

    #[test]
    fn a_place_has_no_line() {
        assert_eq!(place_of(NAME), ENTRY);
    }

    #[test]
    fn the_list_names_files_that_exist() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let listed = Survivors::read(&std::fs::read_to_string(root.join(SURVIVORS)).unwrap()).unwrap();
        for entry in listed.entries() {
            let (file, _) = entry.split_once(": ").unwrap();
            assert!(root.join(file).is_file(), "{file} of {SURVIVORS}");
        }
    }

    #[test]
    fn arguments() {
        let read = |arguments: &[&str]| {
            Wanted::read(&arguments.iter().map(|&one| one.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(read(&["--sample", "20"]).unwrap(), Wanted { files: Vec::new(), sample: Some(20) });
        for refused in
            [&["--sample"][..], &["--sample", "0"], &["--smaple", "2"], &["src/none.rs"], &["README.md"]]
        {
            assert!(read(refused).is_err(), "{refused:?}");
        }
    }
}
