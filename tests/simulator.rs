//! Many processes, one grant, and everything that may happen to them: see `grantkit::testing::simulator`.
#![cfg(feature = "testing")]
#![allow(clippy::arithmetic_side_effects, clippy::panic, reason = "a test that fails is to panic")]

use std::thread;

use grantkit::testing::simulator::{Counts, Mutation, Run, Simulation};

/// Worlds that every test run goes through; `cargo xtask simulate` goes through as many more as it is told.
const SEEDS: u64 = 3000;
/// Worlds within which a planted bug must be found.
const PATIENCE: u64 = 3000;

/// What must have happened in so many worlds, or the properties were not put to the test.
const HAPPENINGS: [&str; 37] = [
    "answers damaged",
    "answers late",
    "answers lost",
    "answers slow",
    "calls",
    "consents",
    "crashes",
    "deletions",
    "errors of requests",
    "errors of the store",
    "errors of the store, with tokens",
    "errors: reauthorization required",
    "errors: throttled",
    "families killed",
    "gateways answer",
    "grants declared dead",
    "jumps",
    "locks",
    "new tokens saved after all",
    "pauses",
    "requests",
    "requests doubled",
    "requests late",
    "requests lost",
    "requests slow",
    "requests throttled",
    "saves failed",
    "saves fenced off",
    "saves lost",
    "store throws",
    "takes from the dead",
    "takes from the living",
    "the user disconnects",
    "the user revokes",
    "tokens",
    "tokens refused",
    "waits for another",
];

#[test]
fn every_property_holds_in_every_world_and_every_kind_of_trouble_came_up() {
    let worlds = |from: u64| {
        let mut counts = Counts::default();
        for seed in (from..SEEDS).step_by(2) {
            let run = Simulation::new(seed).run();
            if let Some(violation) = run.violation {
                panic!("{violation}\nsee it happen: cargo xtask simulate --seed {seed}");
            }
            counts.add(&run.counts);
        }
        counts
    };
    let other = thread::spawn(move || worlds(1));
    let mut counts = worlds(0);
    counts.add(&other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    let missing: Vec<_> = HAPPENINGS.into_iter().filter(|name| counts.of(name) == 0).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}

/// Each bug with the properties that find it.
const FINDERS: [(Mutation, &[&str]); 16] = [
    (Mutation::UseBeforeSave, &["saved_before_it_is_used"]),
    (Mutation::SkipReread, &["only_the_dead_are_declared_dead"]),
    (Mutation::NoMark, &["one_refresh_in_flight", "rotation_loses_only_lost_answers"]),
    (
        Mutation::IgnoreCas,
        &[
            "no_older_refresh_token",
            "no_grant_is_lost_without_rotation",
            "no_shorter_lived_access_token",
            "one_refresh_in_flight",
        ],
    ),
    (Mutation::ForgetRotation, &["rotation_loses_only_lost_answers"]),
    (Mutation::IgnoreBudget, &["within_the_budget_of_the_record"]),
    (Mutation::ForgetRequests, &["within_the_budget_of_the_server"]),
    (Mutation::ReplaceOn5xx, &["no_older_refresh_token", "no_grant_is_lost_without_rotation"]),
    (Mutation::NoLock, &["one_refresh_in_flight"]),
    (Mutation::NoDeadline, &["every_caller_ends"]),
    (Mutation::DropUnsaved, &["rotation_loses_only_lost_answers"]),
    (Mutation::DeadOnFailure, &["only_the_dead_are_declared_dead", "no_grant_is_lost_without_rotation"]),
    (Mutation::LifeFromAnswer, &["good_when_handed_out"]),
    (Mutation::RememberFailure, &["the_next_call_brings_a_token"]),
    (Mutation::AlwaysRefresh, &["no_needless_refresh"]),
    (Mutation::IgnoreRefusal, &["good_when_handed_out"]),
];

#[test]
fn every_planted_bug_is_found_by_its_properties() {
    assert_eq!(FINDERS.map(|(mutation, _)| mutation), Mutation::ALL);
    for (mutation, properties) in FINDERS {
        for property in properties {
            let finds = |seed: &u64| {
                let violation = Simulation::new(*seed).planted(mutation).run().violation;
                violation.is_some_and(|violation| violation.property == *property)
            };
            assert!((0..PATIENCE).any(|seed| finds(&seed)), "{property} does not see {mutation:?}");
        }
    }
}

#[test]
fn a_seed_replays_and_its_trace_names_tokens_without_showing_them() {
    let seeds = [3, 12, 99];
    for seed in seeds {
        let runs: [Run; 2] = [(); 2].map(|()| Simulation::new(seed).traced().run());
        let [first, second] = &runs;
        assert_eq!((first.steps, &first.counts, &first.trace), (second.steps, &second.counts, &second.trace));
        let untraced = Simulation::new(seed).run();
        assert_eq!((first.steps, &first.counts), (untraced.steps, &untraced.counts));
        assert!(untraced.trace.is_empty());
        let text = first.trace.join("\n");
        assert!(text.contains("the user consents: r0"), "{text}");
        for secret in ["1000.", "access.", "refresh.", "fake0secret"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let steps = seeds.map(|seed| Simulation::new(seed).run().steps);
    assert!(
        steps.windows(2).all(|pair| pair.first() != pair.last()),
        "other seeds make other worlds: {steps:?}"
    );
}

#[test]
fn the_trace_of_a_violation_ends_with_it() {
    let mut runs = (0..PATIENCE).map(|seed| Simulation::new(seed).planted(Mutation::NoLock).traced().run());
    let found = runs.find_map(|run| Some((run.violation?, run.trace)));
    let (violation, trace) = found.unwrap_or_else(|| panic!("no world finds it"));
    assert_eq!(violation.property, "one_refresh_in_flight");
    assert_eq!(trace.last(), Some(&violation.to_string()));
}
