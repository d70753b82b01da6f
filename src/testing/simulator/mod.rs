//! A simulator: many processes that keep one grant, and everything that may happen to them.
//!
//! A seed makes a world ([`Simulation::new`]): how many processes and callers, whether the store has a lock, whether the
//! server rotates refresh tokens, and what may go wrong. Processes execute [`Refresh`](crate::flow::refresh::Refresh)
//! as the npm package does, with the same core that builds requests and judges answers; they die wherever they wait and
//! come back without memory, stand still, and have clocks that jump. The store is slow and fails before or after it did
//! its work; the network loses, delays, doubles and reorders. The server is the [fake Zoho](super::FakeZoho), or one that
//! kills a grant whose refresh token is used twice. After every step the properties are checked, and a run that breaks
//! one can be repeated with its seed, since nothing but the seed decides.
//!
//! To see that the properties bite, a [`Mutation`] plants a bug into the host.
//!
//! ```
//! use grantkit::testing::simulator::Simulation;
//! let run = Simulation::new(7).run();
//! assert!(run.violation.is_none());
//! assert!(run.counts.of("calls") > 0);
//! ```

mod dice;
mod executor;
mod fact;
mod fate;
mod host;
mod ledger;
mod lock;
mod mutation;
mod network;
mod process;
mod promise;
mod property;
mod refresh;
mod rotating;
mod server;
mod setting;
mod store;
mod workload;
mod world;

use std::fmt;

use dice::Dice;
use executor::{Executor, Sim};
pub use fact::Counts;
pub use mutation::Mutation;
use process::Process;
use property::PROPERTIES;
use server::Server;
use setting::Setting;
use world::{BEGIN, World};

use super::Misuse;

/// A property that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The property's name.
    pub property: &'static str,
    /// What was seen instead.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.property, self.what)
    }
}

/// What came of a world.
#[derive(Debug)]
pub struct Run {
    /// How many steps it took.
    pub steps: u64,
    /// What happened how often.
    pub counts: Counts,
    /// The first property that did not hold.
    pub violation: Option<Violation>,
    /// Every step in words, where that was asked for.
    pub trace: Vec<String>,
}

/// A world that is yet to run.
#[derive(Debug, Clone, Copy)]
pub struct Simulation {
    seed: u64,
    planted: Option<Mutation>,
    is_traced: bool,
}

/// A world that takes longer hangs.
const MOST_STEPS: u64 = 200_000;

impl Simulation {
    /// The world of that seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, planted: None, is_traced: false }
    }

    /// The same world with a bug in it.
    #[must_use]
    pub const fn planted(self, mutation: Mutation) -> Self {
        Self { planted: Some(mutation), ..self }
    }

    /// The same world, every step in words.
    #[must_use]
    pub const fn traced(self) -> Self {
        Self { is_traced: true, ..self }
    }

    /// Lets it happen, up to its end or to the first property that does not hold.
    #[must_use]
    pub fn run(self) -> Run {
        match self.world() {
            Ok(world) => run(&Sim::new(world)),
            Err(misuse) => Run {
                steps: 0,
                counts: Counts::default(),
                violation: Some(Violation { property: "the_world_begins", what: misuse.to_string() }),
                trace: Vec::new(),
            },
        }
    }

    fn world(self) -> Result<World, Misuse> {
        let mut dice = Dice::new(self.seed);
        let setting = Setting::draw(&mut dice);
        let server = Server::new(&setting, self.seed, BEGIN)?;
        let trace = self.is_traced.then(|| vec![format!("{setting:?}")]);
        let mut world = World::new(setting, dice, server);
        world.planted = self.planted;
        world.trace = trace;
        for process in 0..world.setting.processes {
            let jitter = world.dice.share();
            world.processes.push(Process::new(usize::try_from(process).unwrap_or(0), jitter));
        }
        Ok(world)
    }
}

fn run(sim: &Sim) -> Run {
    workload::plan(sim);
    let mut executor = Executor::new(sim.clone());
    let mut steps = 0_u64;
    let mut violation = check(sim);
    while violation.is_none() && executor.step() {
        steps = steps.saturating_add(1);
        violation = check(sim);
        if steps == MOST_STEPS {
            let what = format!("it takes more than {MOST_STEPS} steps");
            violation = violation.or(Some(Violation { property: "every_caller_ends", what }));
        }
    }
    let mut world = sim.world();
    world.end();
    let mut trace = world.trace.take().unwrap_or_default();
    trace.extend(violation.iter().map(ToString::to_string));
    Run { steps, counts: std::mem::take(&mut world.counts), violation, trace }
}

/// The first property that does not hold after a step.
fn check(sim: &Sim) -> Option<Violation> {
    let mut world = sim.world();
    let facts = std::mem::take(&mut world.facts);
    facts.iter().find_map(|fact| {
        PROPERTIES
            .iter()
            .find_map(|(property, holds)| holds(&world, fact).map(|what| Violation { property, what }))
    })
}
