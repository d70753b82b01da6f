//! The fuzz targets of `tests/fuzz` under libFuzzer.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use duct::{Expression, cmd};

use crate::files;
use crate::nearest::nearest;
use crate::rust::{cargo, host};
use crate::system::CXX;

const USAGE: &str = "fuzz [TARGET ...] [--seconds N] [--keep], or fuzz TARGET --input FILE";
const FLAGS: [&str; 3] = ["--seconds", "--keep", "--input"];

/// The inputs in the repository, a folder for each target.
const CORPUS: &str = "tests/fuzz/corpus";
/// What a build and a run leave. Other flags of rustc need other files than those of `target`.
const FOLDER: &str = "target/fuzz";

/// The target with a bug, which shows in each run that the fuzzer finds one.
const PLANTED: &str = "planted";
const PLANTED_SECONDS: u64 = 20;

const SECONDS: u64 = 60;

/// What guides libFuzzer: counters of edges, and the operands of comparisons. All of it is in the stable compiler.
const RUSTFLAGS: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// An input that takes longer is a failure: the longest takes some milliseconds.
const TIMEOUT: &str = "-timeout=10";
/// More than any input needs, in MB.
const MEMORY: &str = "-rss_limit_mb=2048";
const LONGEST_INPUT: &str = "-max_len=2048";

/// The arguments of the command line.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    targets: Vec<String>,
    /// Shared among the targets.
    seconds: u64,
    /// Whether new inputs go to the corpus in the repository.
    keep: bool,
    /// Only this input, of one target.
    input: Option<PathBuf>,
}

impl Wanted {
    fn read(arguments: &[String], known: &[String]) -> Result<Self> {
        let mut wanted = Self { targets: Vec::new(), seconds: SECONDS, keep: false, input: None };
        let mut left = arguments.iter();
        while let Some(word) = left.next() {
            let mut value = || left.next().with_context(|| format!("{word} needs a value: {USAGE}"));
            match word.as_str() {
                "--seconds" => {
                    let value = value()?;
                    wanted.seconds = value
                        .parse()
                        .with_context(|| format!("{value:?} is not a number of seconds: {USAGE}"))?;
                }
                "--keep" => wanted.keep = true,
                "--input" => wanted.input = Some(value()?.into()),
                flag if flag.starts_with('-') => {
                    bail!("{flag:?} is not known: use {}", nearest(flag, FLAGS).unwrap_or(USAGE))
                }
                name if known.iter().any(|known| known == name) => wanted.targets.push(name.to_owned()),
                name => {
                    let near = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
                    bail!("no target is called {name:?}: use {near:?}, or one of {}", known.join(", "))
                }
            }
        }
        ensure!(
            wanted.input.is_none() || wanted.targets.len() == 1,
            "--input needs the one target that reads it: {USAGE}"
        );
        if wanted.targets.is_empty() {
            wanted.targets = known.to_vec();
        }
        Ok(wanted)
    }

    /// The seconds of each target.
    fn share(&self) -> u64 {
        let targets = u64::try_from(self.targets.len()).unwrap_or(u64::MAX);
        self.seconds.checked_div(targets).unwrap_or_default().max(1)
    }
}

/// Builds the targets, and runs each from its corpus for its share of the seconds.
pub fn fuzz(arguments: &[String]) -> Result<()> {
    let wanted = Wanted::read(arguments, &targets()?)?;
    ensure!(CXX.is_there(), "{}", CXX.how_to_install());
    let fuzzer = Fuzzer::build()?;
    if let (Some(input), [target]) = (&wanted.input, wanted.targets.as_slice()) {
        fuzzer.command(target, [input]).run().context("this input breaks a rule of the target")?;
        return Ok(());
    }
    fuzzer.finds_the_planted_bug()?;
    let mut failed = Vec::new();
    for target in &wanted.targets {
        match fuzzer.run(target, wanted.share()) {
            Ok(executions) => println!("{executions:>12} {target}"),
            Err(error) => {
                println!("{:>12} {target}: {error:#}", "FAILED");
                failed.push(target.as_str());
            }
        }
        if wanted.keep {
            fuzzer.keep(target)?;
        }
    }
    ensure!(
        failed.is_empty(),
        "{} of {} targets failed: {}",
        failed.len(),
        wanted.targets.len(),
        failed.join(", ")
    );
    Ok(())
}

/// The names of the targets, which are those of the folders in the corpus. A test compares them with the list.
fn targets() -> Result<Vec<String>> {
    let folders: std::collections::BTreeSet<String> = files::walk(CORPUS)?
        .iter()
        .filter_map(|file| file.parent()?.file_name()?.to_str().map(str::to_owned))
        .collect();
    Ok(folders.into_iter().collect())
}

/// The program with all targets.
struct Fuzzer(PathBuf);

impl Fuzzer {
    fn build() -> Result<Self> {
        let host = host()?;
        let started = Instant::now();
        // With a target, cargo gives the flags neither to build scripts nor to procedural macros.
        let build = ["build", "--quiet", "--package", "fuzz", "--bin", "fuzz", "--profile", "fuzz"];
        let build = build.into_iter().chain(["--target", &host, "--target-dir", FOLDER]);
        cmd(cargo(), build)
            .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\u{1f}"))
            .run()
            .context("the fuzz targets do not compile")?;
        println!("built in {} s", started.elapsed().as_secs());
        Ok(Self(Path::new(FOLDER).join(host).join("fuzz/fuzz")))
    }

    fn command<A: Into<std::ffi::OsString>>(
        &self,
        target: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Expression {
        // libFuzzer prints each panic with its stack.
        cmd(&self.0, arguments.into_iter().map(Into::into)).env("GRANTKIT_FUZZ", target)
    }

    /// Runs a target from the corpus and from what earlier runs found. Returns how many inputs it parsed.
    fn run(&self, target: &str, seconds: u64) -> Result<u64> {
        let corpus = Path::new(CORPUS).join(target);
        let (output, succeeded) = self.search(target, seconds, Some(&corpus))?;
        let log = log(target);
        if !succeeded {
            let found = found(&output).unwrap_or_else(|| format!("no input, but see {}", log.display()));
            let panic = output.lines().skip_while(|line| !line.contains("panicked at")).take(2);
            let panic: Vec<&str> = panic.collect();
            bail!(
                "{}\n  input: {found}\n  repeat: cargo xtask fuzz {target} --input {found}\n  after the fix: mv {found} {}",
                panic.join("\n    "),
                corpus.display()
            );
        }
        let executions = executions(&output)
            .with_context(|| format!("libFuzzer printed no figures: see {}", log.display()))?;
        let seeds = u64::try_from(files::walk(&corpus)?.len()).unwrap_or(u64::MAX);
        ensure!(
            executions > seeds,
            "it ran {executions} inputs and no new one in {seconds} s: see {}",
            log.display()
        );
        Ok(executions)
    }

    /// Starts without a corpus. A search that ignores coverage would need four billion inputs.
    fn finds_the_planted_bug(&self) -> Result<()> {
        let started = Instant::now();
        let (output, succeeded) = self.search(PLANTED, PLANTED_SECONDS, None)?;
        ensure!(
            !succeeded && found(&output).is_some() && output.contains("this bug is planted"),
            "the planted bug is not found, so that no run means anything: see {}",
            log(PLANTED).display()
        );
        println!("{:>12} {PLANTED}: found in {:.1} s", "", started.elapsed().as_secs_f64());
        Ok(())
    }

    fn search(&self, target: &str, seconds: u64, corpus: Option<&Path>) -> Result<(String, bool)> {
        let own = Path::new(FOLDER).join("corpus").join(target);
        let found = Path::new(FOLDER).join("found").join(target);
        if corpus.is_none() && own.exists() {
            std::fs::remove_dir_all(&own)?;
        }
        for folder in [&own, &found] {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let prefix = format!("-artifact_prefix={}/", found.display());
        let time = format!("-max_total_time={seconds}");
        let settings = [TIMEOUT, MEMORY, LONGEST_INPUT, "-print_final_stats=1", &prefix, &time];
        let folders = [own.as_path()].into_iter().chain(corpus);
        let arguments = settings.map(PathBuf::from).into_iter().chain(folders.map(Path::to_owned));
        let log = log(target);
        files::write(&log, "")?;
        let running = self.command(target, arguments).stderr_to_stdout().stdout_path(&log).unchecked();
        let running = running.start().context("cannot start the fuzzer")?;
        // libFuzzer ends by itself, unless one input takes all of its time.
        let limit = Duration::from_secs(seconds.saturating_add(60));
        let Some(ended) = running.wait_timeout(limit)? else {
            running.kill()?;
            bail!("it did not end within {} s: see {}", limit.as_secs(), log.display());
        };
        let succeeded = ended.status.success();
        Ok((String::from_utf8_lossy(&files::read(&log)?).into_owned(), succeeded))
    }

    /// Adds to the corpus what reaches code that no input of it reaches.
    fn keep(&self, target: &str) -> Result<()> {
        let corpus = Path::new(CORPUS).join(target);
        let before = files::walk(&corpus)?.len();
        let own = Path::new(FOLDER).join("corpus").join(target);
        // By edges alone, since how often each is taken would keep many times as many.
        let settings = ["-set_cover_merge=1", "-use_counters=0", LONGEST_INPUT].map(PathBuf::from);
        let arguments = settings.into_iter().chain([corpus.clone(), own]);
        self.command(target, arguments).stderr_null().run().context("cannot merge the new inputs")?;
        println!(
            "{:>12} {target}: {} new inputs in {}",
            "",
            files::walk(&corpus)?.len() - before,
            corpus.display()
        );
        Ok(())
    }
}

fn log(target: &str) -> PathBuf {
    Path::new(FOLDER).join("logs").join(target).with_extension("log")
}

/// The file with the input of a failure.
fn found(output: &str) -> Option<String> {
    let line = output.lines().find_map(|line| line.split_once("Test unit written to "))?;
    Some(line.1.trim().to_owned())
}

fn executions(output: &str) -> Option<u64> {
    let figure = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    figure.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Wanted, executions, found};
    use std::path::PathBuf;

    fn read(text: &str) -> anyhow::Result<Wanted> {
        let known = ["form", "json", "url"].map(str::to_owned);
        Wanted::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), &known)
    }

    #[test]
    fn arguments() -> anyhow::Result<()> {
        let all = read("")?;
        assert_eq!((all.targets.len(), all.seconds, all.share(), all.keep), (3, 60, 20, false));
        let one = read("json --seconds 600 --keep")?;
        assert_eq!((one.targets, one.seconds, one.keep), (vec!["json".to_owned()], 600, true));
        assert_eq!(read("--seconds 1")?.share(), 1);
        assert_eq!(read("url --input x")?.input, Some(PathBuf::from("x")));
        for wrong in ["--seconds", "--seconds x", "--speed 9", "jsno", "--input x", "url form --input x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let refused = read("jsno").unwrap_err().to_string();
        assert!(refused.starts_with("no target is called \"jsno\": use \"json\""), "{refused}");
        Ok(())
    }

    #[test]
    fn figures_and_paths_are_those_of_libfuzzer() {
        let output = "#2\tINITED\n\
            stat::number_of_executed_units: 31415\n\
            artifact_prefix='x/'; Test unit written to x/crash-1f\n";
        assert_eq!(executions(output), Some(31_415));
        assert_eq!(found(output).as_deref(), Some("x/crash-1f"));
        assert_eq!((executions("#2\tINITED\n"), found("")), (None, None));
    }
}
