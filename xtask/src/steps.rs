//! Runs steps in lanes side by side. A failed step does not stop the others; the summary has the time of each and every failure.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duct::Expression;

use crate::files;
use crate::system::{Program, in_ci};
use crate::tally::{Tally, tally};

/// A step that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(900);

const LOGS: &str = "target/xtask/logs";

#[derive(Clone)]
pub struct Step {
    pub name: String,
    pub command: Expression,
    pub prints: Prints,
    pub needs: Option<&'static Program>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Prints {
    /// Nothing of interest, unless the step fails.
    Errors,
    /// What is always shown.
    Figures,
    /// The results of tests, of which there must be at least one.
    Tests,
}

pub struct Report {
    logs: PathBuf,
    rows: Mutex<Vec<Row>>,
}

struct Row {
    name: String,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    Done(Tally),
    Skipped(String),
    Failed(String),
}

/// A time as minutes and seconds.
struct Minutes(Duration);

impl Default for Report {
    fn default() -> Self {
        Self { logs: LOGS.into(), rows: Mutex::default() }
    }
}

impl Report {
    /// Runs work that prints its own output. Whether it succeeded.
    pub fn run(&self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        let started = Instant::now();
        let outcome = Outcome::of(work().map(|()| Tally::default()));
        let succeeded = !outcome.is_failure();
        self.add(Row { name: name.to_owned(), took: started.elapsed(), outcome }, "");
        succeeded
    }

    /// Runs each lane in order, all lanes at once.
    pub fn run_lanes(&self, lanes: Vec<Vec<Step>>) {
        std::thread::scope(|scope| {
            for lane in lanes {
                scope.spawn(move || lane.iter().for_each(|step| self.step(step)));
            }
        });
    }

    pub fn is_passing(&self) -> bool {
        self.rows.lock().expect("no lane panics").iter().all(|row| !row.outcome.is_failure())
    }

    fn step(&self, step: &Step) {
        let started = Instant::now();
        let mut output = String::new();
        let outcome = match step.needs {
            Some(program) if !program.is_there() => Outcome::Skipped(program.how_to_install()),
            _ => Outcome::of(execute(step, &self.logs, &mut output)),
        };
        if !outcome.is_failure() && !in_ci() && step.prints != Prints::Figures {
            output.clear();
        }
        self.add(Row { name: step.name.clone(), took: started.elapsed(), outcome }, &output);
    }

    fn add(&self, row: Row, output: &str) {
        let mut rows = self.rows.lock().expect("no lane panics");
        // One write, so that lanes do not mix.
        print!("{row}\n{output}");
        rows.push(row);
    }

    /// Prints the steps, slowest first, and then every failure; fails when a step did.
    pub fn close(self, started: Instant) -> Result<()> {
        let mut rows = self.rows.into_inner().expect("no lane panics");
        rows.sort_by_key(|row| std::cmp::Reverse(row.took));
        println!("\nsummary, in minutes, slowest first");
        for row in &rows {
            println!("{row}");
        }
        println!("{}  in all\n", Minutes(started.elapsed()));

        let passed: u64 = rows.iter().map(|row| row.outcome.passed()).sum();
        let failed: Vec<&Row> = rows.iter().filter(|row| row.outcome.is_failure()).collect();
        if failed.is_empty() {
            println!("{passed} passed, 0 failed");
            return Ok(());
        }
        println!("failed");
        for row in &failed {
            println!("{row}");
        }
        let names: Vec<&str> = failed.iter().map(|row| row.name.as_str()).collect();
        bail!(
            "{} of {} steps failed, with their output in {LOGS}: {}",
            failed.len(),
            rows.len(),
            names.join(", ")
        )
    }
}

impl Outcome {
    fn of(result: Result<Tally>) -> Self {
        result.map_or_else(|error| Self::Failed(format!("{error:#}")), Self::Done)
    }

    const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    const fn passed(&self) -> u64 {
        match self {
            Self::Done(tally) => tally.passed,
            Self::Skipped(_) | Self::Failed(_) => 0,
        }
    }
}

impl Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.as_secs_f64() * 10.0).round() as u64;
        write!(f, "{:>4}:{:02}.{}", tenths / 600, tenths % 600 / 10, tenths % 10)
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", Minutes(self.took), self.name)?;
        match &self.outcome {
            Outcome::Done(Tally { passed: 0, .. }) => Ok(()),
            Outcome::Done(Tally { passed, skipped: 0, .. }) => write!(f, ": {passed} passed"),
            Outcome::Done(Tally { passed, skipped, .. }) => write!(f, ": {passed} passed, {skipped} skipped"),
            Outcome::Skipped(why) => write!(f, ": skipped, {why}"),
            Outcome::Failed(why) => write!(f, ": FAILED, {why}"),
        }
    }
}

/// Runs the command with its output in a log, which can be read while it runs.
fn execute(step: &Step, logs: &Path, output: &mut String) -> Result<Tally> {
    let log = logs.join(format!("{}.log", step.name.replace(['/', ' ', ':'], "-")));
    files::write(&log, "")?;
    let status = wait(&step.command, &log, LIMIT);
    *output = String::from_utf8_lossy(&files::read(&log)?).into_owned();
    status?;
    if step.prints == Prints::Tests { check_counts(tally(output), in_ci()) } else { Ok(Tally::default()) }
}

fn wait(command: &Expression, log: &Path, limit: Duration) -> Result<()> {
    let running = command.stderr_to_stdout().stdout_path(log).stdin_null().unchecked().start();
    let running = running.context("cannot start")?;
    let Some(output) = running.wait_timeout(limit)? else {
        running.kill()?;
        bail!("did not end within {} s", limit.as_secs());
    };
    if !output.status.success() {
        bail!("{}", output.status);
    }
    Ok(())
}

fn check_counts(counted: Tally, in_ci: bool) -> Result<Tally> {
    if counted.passed == 0 || counted.failed > 0 {
        bail!("{} tests passed, {} failed", counted.passed, counted.failed);
    }
    if counted.skipped > 0 && in_ci {
        bail!("{} tests were skipped, and in CI none may be: install what they need", counted.skipped);
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::{Minutes, Outcome, Prints, Report, Step, Tally, check_counts, wait};
    use duct::cmd;
    use std::fs;
    use std::time::{Duration, Instant};

    #[test]
    fn tests_must_run_and_pass_and_in_ci_none_is_skipped() {
        let counted = |passed, failed, skipped| Tally { passed, failed, skipped };
        assert!(check_counts(counted(2, 0, 1), false).is_ok());
        assert!(check_counts(counted(2, 0, 0), true).is_ok());
        assert!(check_counts(counted(2, 0, 1), true).is_err());
        assert!(check_counts(counted(2, 1, 0), false).is_err());
        assert!(check_counts(counted(0, 0, 0), false).is_err());
    }

    #[test]
    fn a_log_has_both_streams_and_a_hanging_step_is_ended() {
        let log = std::env::temp_dir().join(format!("grantkit-step-{}.log", std::process::id()));
        let long = Duration::from_secs(600);
        let shell = |script: &str| cmd!("sh", "-c", script);

        assert!(wait(&shell("echo out; echo err >&2"), &log, long).is_ok());
        assert_eq!(fs::read_to_string(&log).unwrap(), "out\nerr\n");
        let failed = wait(&shell("exit 3"), &log, long).unwrap_err();
        assert_eq!(failed.to_string(), "exit status: 3");
        let hanging = wait(&cmd!("sleep", "3600"), &log, Duration::ZERO).unwrap_err();
        assert_eq!(hanging.to_string(), "did not end within 0 s");
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_failed_step_does_not_hide_the_others() {
        let step = |name: &str, script: &str| Step {
            name: name.to_owned(),
            command: cmd!("sh", "-c", script),
            prints: Prints::Errors,
            needs: None,
        };
        let logs = std::env::temp_dir().join(format!("grantkit-logs-{}", std::process::id()));
        let report = Report { logs: logs.clone(), ..Report::default() };
        assert!(report.is_passing());
        report.run_lanes(vec![
            vec![step("unit one", "exit 3"), step("unit two", "exit 0")],
            vec![step("unit three", "exit 4")],
        ]);
        assert!(!report.is_passing());
        assert_eq!(report.rows.lock().unwrap().len(), 3);
        let error = report.close(Instant::now()).unwrap_err().to_string();
        assert!(error.starts_with("2 of 3 steps failed"), "{error}");
        assert!(
            error.contains("unit one") && error.contains("unit three") && !error.contains("unit two"),
            "{error}"
        );
        fs::remove_dir_all(logs).unwrap();
    }

    #[test]
    fn a_failed_build_is_a_failure() {
        let report = Report::default();
        report.run("build", || anyhow::bail!("no compiler"));
        assert!(!report.is_passing());
        assert!(
            matches!(&report.rows.lock().unwrap()[0].outcome, Outcome::Failed(why) if why == "no compiler")
        );
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        for (millis, text) in
            [(0, "   0:00.0"), (4_240, "   0:04.2"), (59_960, "   1:00.0"), (754_000, "  12:34.0")]
        {
            assert_eq!(Minutes(Duration::from_millis(millis)).to_string(), text);
        }
    }
}
