//! A simulator: many processes that share one grant, and the faults that they meet.
//!
//! A seed makes a world ([`Simulation::new`]): how many processes, managers and callers, whether the store has a lock,
//! what the server does with used refresh tokens, whether a vault keeps the grant, of which releases the processes are, and
//! what may go wrong. Processes perform the effects of the machines of [`flow`](crate::flow) and decide by
//! [`manager`](crate::manager), as the npm package does, with the same core that builds requests and parses responses. They
//! crash wherever they wait and restart without memory, they pause, and their clocks jump. The managers of a process share
//! its clock, its pauses and crashes, and the store, and nothing else. The store is slow and fails before or after it did
//! its work, is down for a while, does not respond, and fails over to a copy that lacks its lock and its latest writes; the
//! network loses, delays, duplicates and reorders.
//!
//! The server is the [fake Zoho](super::FakeZoho), or one whose refresh tokens work once. Of those, some revoke the grant
//! when a used token comes again and some only refuse it; some accept it for a short time; some let tokens expire that are
//! not used; and some ignore the revocation of a used one.
//!
//! After every step the properties are checked. Where one does not hold because no client could know better, that is counted
//! as an excuse, and what the package could know but does not is counted as known. Only the seed decides, so a run that violates a property can be repeated.
//!
//! A [`Mutation`] plants a bug into the host, to show that the properties find it.
//!
//! ```
//! use grantkit::testing::simulator::Simulation;
//! let run = Simulation::new(7).run();
//! assert!(run.violation.is_none());
//! assert!(run.counts.of("calls") > 0);
//! ```

mod call;
mod executor;
mod fact;
mod failure;
mod faults;
mod fleet;
mod handled;
mod host;
mod ledger;
mod lock;
mod locking;
mod manager;
mod memory;
mod mutation;
mod network;
mod outages;
mod process;
mod promise;
mod properties;
mod record;
mod refresh;
mod release;
mod response;
mod revocation;
mod rng;
mod rotating;
mod server;
mod settings;
mod store;
mod store_fault;
mod trouble;
mod user;
mod vault;
mod workload;
mod world;

use std::fmt;

use executor::Executor;
pub use fact::Counts;
pub use mutation::Mutation;
use process::Process;
use properties::PROPERTIES;
use rng::Rng;
use server::Server;
use settings::Settings;
use world::{START, Sim, World};

use super::misuse::Misuse;

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

/// The result of a world.
#[derive(Debug)]
pub struct Run {
    /// The number of steps.
    pub steps: u64,
    /// How often things happened.
    pub counts: Counts,
    /// The first property that did not hold.
    pub violation: Option<Violation>,
    /// A line for each step, if a trace was asked for.
    pub trace: Vec<String>,
}

/// A world that has not run yet.
#[derive(Debug, Clone, Copy)]
pub struct Simulation {
    seed: u64,
    planted: Option<Mutation>,
    is_traced: bool,
}

/// A world that takes more steps hangs.
const MAX_STEPS: u64 = 200_000;

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

    /// The same world with a trace.
    #[must_use]
    pub const fn traced(self) -> Self {
        Self { is_traced: true, ..self }
    }

    /// The names of the properties.
    pub fn properties() -> impl Iterator<Item = &'static str> {
        PROPERTIES.iter().map(|(name, _)| *name)
    }

    /// Runs the world to its end, or to the first property that does not hold.
    #[must_use]
    pub fn run(self) -> Run {
        match self.world() {
            Ok(world) => run(&Sim::new(world)),
            Err(misuse) => Run {
                steps: 0,
                counts: Counts::default(),
                violation: Some(Violation { property: "the_world_starts", what: misuse.to_string() }),
                trace: Vec::new(),
            },
        }
    }

    fn world(self) -> Result<World, Misuse> {
        let mut rng = Rng::new(self.seed);
        let settings = Settings::draw(&mut rng);
        let server = Server::new(&settings, self.seed, START)?;
        let trace = self.is_traced.then(|| vec![format!("{settings:?}")]);
        let mut world = World::new(settings, rng, server);
        world.planted = self.planted;
        world.trace = trace;
        for process in 0..world.settings.processes {
            let release = world.rng.pick(world.settings.releases);
            let (number, managers) = (usize::try_from(process).unwrap_or(0), world.settings.managers);
            let process = Process::new(number, release, managers, &mut world.rng);
            world.processes.push(process);
        }
        world.count_kinds();
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
        if steps == MAX_STEPS {
            let what = format!("the world takes more than {MAX_STEPS} steps");
            violation = violation.or(Some(Violation { property: "every_call_ends", what }));
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
    let violation = facts.iter().find_map(|fact| {
        PROPERTIES
            .iter()
            .find_map(|(property, holds)| holds(&world, fact).map(|what| Violation { property, what }))
    });
    let excuses = std::mem::take(&mut *world.trouble.excuses.borrow_mut());
    for excuse in excuses {
        world.counts.count(excuse);
    }
    violation
}
