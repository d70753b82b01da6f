//! Runs the simulator of processes that share one grant, for a number of seeds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use grantkit::testing::simulator::{Counts, Mutation, Run, Simulation};

use crate::nearest::nearest;

const USAGE: &str = "simulate --seeds N [--from SEED], or simulate --seed S; either with --mutation NAME";
const FLAGS: [&str; 4] = ["--seeds", "--from", "--seed", "--mutation"];
const SEEDS: u64 = 10_000;
/// How the names of exemptions begin, and why they are exempt.
const EXEMPTIONS: [(&str, &str); 2] = [
    ("excuse: ", "exempt, since no client can know better"),
    ("known: ", "exempt, although the package could know better"),
];

/// The arguments of the command line.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    from: u64,
    seeds: u64,
    /// Only this seed, with its trace.
    seed: Option<u64>,
    planted: Option<Mutation>,
}

/// Runs `--seeds N` seeds and prints the trace of the first that violates a property, or prints the trace of `--seed
/// S`.
pub fn simulate(arguments: &[String]) -> Result<()> {
    let wanted = Wanted::read(arguments)?;
    if let Some(seed) = wanted.seed {
        return show(seed, &wanted.simulation(seed).traced().run());
    }
    let started = Instant::now();
    let found = wanted.sweep()?;
    let seconds = started.elapsed().as_secs_f64().max(0.001);
    let Sweep { worlds, steps, counts, failed } = found;
    println!(
        "{worlds} seeds, {steps} steps in {seconds:.1} s: {:.0} seeds and {:.0} steps a second",
        worlds as f64 / seconds,
        steps as f64 / seconds
    );
    println!("what happened:");
    for (name, count) in
        counts.iter().filter(|(name, _)| !EXEMPTIONS.iter().any(|(begin, _)| name.starts_with(begin)))
    {
        println!("{count:>12} {name}");
    }
    for (begin, title) in EXEMPTIONS {
        println!("{title}:");
        for (name, count) in
            counts.iter().filter_map(|(name, count)| Some((name.strip_prefix(begin)?, count)))
        {
            println!("{count:>12} {name}");
        }
    }
    match failed {
        Some(seed) => show(seed, &wanted.simulation(seed).traced().run()).with_context(|| {
            let planted =
                wanted.planted.map(|planted| format!(" --mutation {planted:?}")).unwrap_or_default();
            format!("repeat it: cargo xtask simulate --seed {seed}{planted}")
        }),
        None => Ok(()),
    }
}

fn show(seed: u64, run: &Run) -> Result<()> {
    for line in &run.trace {
        println!("{line}");
    }
    match &run.violation {
        Some(violation) => bail!("seed {seed} after {} steps: {violation}", run.steps),
        None => {
            println!("seed {seed}: every property held for {} steps", run.steps);
            Ok(())
        }
    }
}

#[derive(Default)]
struct Sweep {
    worlds: u64,
    steps: u64,
    counts: Counts,
    /// The lowest seed that violates a property.
    failed: Option<u64>,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self { from: 0, seeds: SEEDS, seed: None, planted: None };
        let mut left = arguments.iter();
        while let Some(name) = left.next() {
            let value = left.next().with_context(|| format!("{name} needs a value: {USAGE}"))?;
            let number = || {
                value
                    .parse::<u64>()
                    .with_context(|| format!("{value:?} is not the number of a seed: {USAGE}"))
            };
            match name.as_str() {
                "--seeds" => wanted.seeds = number()?,
                "--from" => wanted.from = number()?,
                "--seed" => wanted.seed = Some(number()?),
                "--mutation" => wanted.planted = Some(mutation(value)?),
                _ => bail!("{name:?} is not known: use {}", nearest(name, FLAGS).unwrap_or(USAGE)),
            }
        }
        Ok(wanted)
    }

    fn simulation(&self, seed: u64) -> Simulation {
        let simulation = Simulation::new(seed);
        self.planted.map_or(simulation, |mutation| simulation.planted(mutation))
    }

    /// Runs the seeds in order, on every core, up to the first that violates a property.
    fn sweep(&self) -> Result<Sweep> {
        let end = self.from.saturating_add(self.seeds);
        let next = AtomicU64::new(self.from);
        let all = Mutex::new(Sweep::default());
        let cores = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    let mine = self.run_worlds(&next, end);
                    let mut all = all.lock().expect("no thread panics with it");
                    all.worlds += mine.worlds;
                    all.steps += mine.steps;
                    all.counts.add(&mine.counts);
                    all.failed = all.failed.into_iter().chain(mine.failed).min();
                });
            }
        });
        all.into_inner().ok().context("a world panicked")
    }

    fn run_worlds(&self, next: &AtomicU64, end: u64) -> Sweep {
        let mut mine = Sweep::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return mine;
            }
            let run = self.simulation(seed).run();
            mine.worlds += 1;
            mine.steps += run.steps;
            mine.counts.add(&run.counts);
            if run.violation.is_some() {
                // Lower seeds have run or are running, so that the lowest of all threads is found.
                next.store(end, Ordering::Relaxed);
                mine.failed = Some(seed);
                return mine;
            }
        }
    }
}

fn mutation(name: &str) -> Result<Mutation> {
    Mutation::named(name).with_context(|| {
        let names: Vec<_> = Mutation::ALL.iter().map(|mutation| format!("{mutation:?}")).collect();
        format!("no planted bug has the name {name:?}: use one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted> {
        Wanted::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments() -> Result<()> {
        assert_eq!(read("")?, Wanted { from: 0, seeds: SEEDS, seed: None, planted: None });
        assert_eq!(read("--seeds 7 --from 5")?, Wanted { from: 5, seeds: 7, seed: None, planted: None });
        let planted = Some(Mutation::NoLock);
        assert_eq!(
            read("--seed 9 --mutation NoLock")?,
            Wanted { from: 0, seeds: SEEDS, seed: Some(9), planted }
        );
        for wrong in ["--seeds", "--seeds x", "--speed 9", "--mutation None"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_sweep_stops_at_the_least_seed_that_fails() -> Result<()> {
        let good = read("--seeds 20")?.sweep()?;
        assert_eq!((good.worlds, good.failed), (20, None));
        let bad = read("--seeds 500 --mutation UseBeforeSave")?;
        let first = (0..500).find(|seed| bad.simulation(*seed).run().violation.is_some());
        assert_eq!(bad.sweep()?.failed, first);
        Ok(())
    }
}
