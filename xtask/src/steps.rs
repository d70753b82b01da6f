//! Runs steps in lanes side by side, stops at the first that fails, and says what each took.

use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duct::Expression;

use crate::files::{self, CACHE};
use crate::system::{Program, in_ci};
use crate::tally::{Tally, tally};

/// A step that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(900);

pub struct Step {
    pub name: String,
    pub command: Expression,
    pub prints: Prints,
    pub needs: Option<&'static Program>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Prints {
    /// Shown when the step fails.
    Complaints,
    /// Shown always.
    Figures,
    /// The results of tests, of which there must be some.
    Tests,
}

#[derive(Default)]
pub struct Report {
    rows: Mutex<Vec<Row>>,
    failed: AtomicBool,
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

impl Report {
    /// Runs work that prints for itself.
    pub fn run(&self, name: &str, work: impl FnOnce() -> Result<()>) {
        let started = Instant::now();
        let outcome = Outcome::of(work().map(|()| Tally::default()));
        self.add(Row { name: name.to_owned(), took: started.elapsed(), outcome }, "");
    }

    /// Runs each lane in order, all lanes at once.
    pub fn run_lanes(&self, lanes: Vec<Vec<Step>>) {
        std::thread::scope(|scope| {
            for lane in lanes {
                scope.spawn(move || {
                    lane.iter().take_while(|_| self.is_passing()).for_each(|step| self.step(step))
                });
            }
        });
    }

    pub fn is_passing(&self) -> bool {
        !self.failed.load(Ordering::SeqCst)
    }

    fn step(&self, step: &Step) {
        let started = Instant::now();
        let mut output = String::new();
        let outcome = match step.needs {
            Some(program) if !program.is_there() => Outcome::Skipped(program.complaint()),
            _ => Outcome::of(execute(step, &mut output)),
        };
        if !matches!(outcome, Outcome::Failed(_)) && !in_ci() && step.prints != Prints::Figures {
            output.clear();
        }
        self.add(Row { name: step.name.clone(), took: started.elapsed(), outcome }, &output);
    }

    fn add(&self, row: Row, output: &str) {
        if matches!(row.outcome, Outcome::Failed(_)) {
            self.failed.store(true, Ordering::SeqCst);
        }
        let mut rows = self.rows.lock().expect("no lane panics");
        // One write, so that lanes do not mix.
        print!("{row}\n{output}");
        rows.push(row);
    }

    /// Prints the table; fails when a step did.
    pub fn close(self, started: Instant) -> Result<()> {
        let rows = self.rows.into_inner().expect("no lane panics");
        println!("\nsummary");
        for row in &rows {
            println!("{row}");
        }
        println!("{:>7.1} s  in all\n", started.elapsed().as_secs_f64());

        let failed = |row: &&Row| matches!(row.outcome, Outcome::Failed(_));
        let failed: Vec<&str> = rows.iter().filter(failed).map(|row| row.name.as_str()).collect();
        if !failed.is_empty() {
            bail!("{} failed", failed.join(", "));
        }
        let passed: u64 = rows.iter().map(|row| row.outcome.passed()).sum();
        println!("{passed} passed, 0 failed");
        Ok(())
    }
}

impl Outcome {
    fn of(result: Result<Tally>) -> Self {
        result.map_or_else(|error| Self::Failed(format!("{error:#}")), Self::Done)
    }

    fn passed(&self) -> u64 {
        match self {
            Self::Done(tally) => tally.passed,
            Self::Skipped(_) | Self::Failed(_) => 0,
        }
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7.1} s  {}", self.took.as_secs_f64(), self.name)?;
        match &self.outcome {
            Outcome::Done(Tally { passed: 0, .. }) => Ok(()),
            Outcome::Done(Tally { passed, skipped: 0, .. }) => write!(f, ": {passed} passed"),
            Outcome::Done(Tally { passed, skipped, .. }) => write!(f, ": {passed} passed, {skipped} skipped"),
            Outcome::Skipped(why) => write!(f, ": skipped, {why}"),
            Outcome::Failed(why) => write!(f, ": FAILED, {why}"),
        }
    }
}

/// Runs the command with its output in a log, which can be read meanwhile.
fn execute(step: &Step, output: &mut String) -> Result<Tally> {
    let log = format!("{CACHE}/logs/{}.log", step.name.replace(['/', ' '], "-"));
    files::write(&log, "")?;
    let status = wait(&step.command, Path::new(&log), LIMIT);
    *output = String::from_utf8_lossy(&files::read(&log)?).into_owned();
    status?;
    if step.prints == Prints::Tests { judge(tally(output), in_ci()) } else { Ok(Tally::default()) }
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

fn judge(counted: Tally, in_ci: bool) -> Result<Tally> {
    if counted.passed == 0 || counted.failed > 0 {
        bail!("{} tests passed, {} failed", counted.passed, counted.failed);
    }
    if counted.skipped > 0 && in_ci {
        bail!("{} tests were skipped, and in CI none may be", counted.skipped);
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::{Tally, judge, wait};
    use duct::cmd;
    use std::fs;
    use std::time::Duration;

    #[test]
    fn tests_must_run_and_pass_and_in_ci_none_is_skipped() {
        let counted = |passed, failed, skipped| Tally { passed, failed, skipped };
        assert!(judge(counted(2, 0, 1), false).is_ok());
        assert!(judge(counted(2, 0, 0), true).is_ok());
        assert!(judge(counted(2, 0, 1), true).is_err());
        assert!(judge(counted(2, 1, 0), false).is_err());
        assert!(judge(counted(0, 0, 0), false).is_err());
    }

    #[test]
    fn a_log_has_both_streams_and_a_hanging_step_is_ended() {
        let log = std::env::temp_dir().join(format!("grantkit-step-{}.log", std::process::id()));
        let patient = Duration::from_secs(600);
        let said = |script: &str| cmd!("sh", "-c", script);

        assert!(wait(&said("echo out; echo err >&2"), &log, patient).is_ok());
        assert_eq!(fs::read_to_string(&log).unwrap(), "out\nerr\n");
        let failed = wait(&said("exit 3"), &log, patient).unwrap_err();
        assert_eq!(failed.to_string(), "exit status: 3");
        let hung = wait(&cmd!("sleep", "3600"), &log, Duration::ZERO).unwrap_err();
        assert_eq!(hung.to_string(), "did not end within 0 s");
        fs::remove_file(log).unwrap();
    }
}
