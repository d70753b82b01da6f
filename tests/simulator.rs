//! Many processes that share one grant, and the faults that they meet: see `grantkit::testing::simulator`.
#![cfg(feature = "testing")]
#![allow(clippy::arithmetic_side_effects, clippy::panic, reason = "a test that fails is to panic")]

use std::collections::BTreeSet;
use std::thread;

use grantkit::testing::simulator::{Counts, Mutation, Run, Simulation, Violation};

/// Worlds that every run of the tests goes through; `cargo xtask simulate` takes another number.
const SEEDS: u64 = 3000;
/// Worlds within which a planted bug must be found.
const PATIENCE: u64 = 3000;

/// What must have happened in so many worlds; otherwise the properties were not tested.
const HAPPENINGS: [&str; 79] = [
    "access tokens rejected",
    "alarms",
    "callers that get their tokens in an error",
    "calls",
    "calls held by a pause",
    "calls that start again",
    "clock jumps",
    "consents",
    "crashes",
    "deletions",
    "errors: reauthorization required",
    "errors: request",
    "errors: store",
    "errors: store, newer format",
    "errors: store, with tokens",
    "errors: throttled",
    "evictions",
    "failovers of the store",
    "failovers that lose writes",
    "failures outlived",
    "grants saved as rejected",
    "joined refreshes that take too long",
    "locks",
    "locks given back",
    "locks given up by a flow that goes on",
    "locks taken from a crashed process",
    "locks taken from a running process",
    "outages of the store",
    "pauses after failures",
    "pauses of processes",
    "refresh tokens expired",
    "refreshes beside one of another manager of the process",
    "refreshes joined",
    "requests",
    "requests duplicated",
    "requests late",
    "requests lost",
    "requests slow",
    "requests throttled",
    "requests with an expired refresh token",
    "responses damaged",
    "responses late",
    "responses lost",
    "responses of gateways",
    "responses slow",
    "responses with nothing but a refresh token",
    "reuse accepted in a grace period",
    "reuse detected",
    "reuse refused",
    "revocation requests",
    "revocations failed",
    "revocations of a used token ignored",
    "revocations that race a refresh",
    "saves failed",
    "saves fenced off",
    "saves given up",
    "saves that conflict",
    "store calls ended by the host",
    "store calls in an outage",
    "store calls without a response",
    "store throws",
    "the user disconnects",
    "the user revokes",
    "tokens",
    "tokens of an error saved by the application",
    "tokens saved again after a failover",
    "unsaved tokens saved later",
    "waits for another process",
    "worlds",
    "worlds: a fleet of several versions",
    "worlds: a server that does not detect reuse",
    "worlds: a server that does not rotate",
    "worlds: a server that revokes no grant by a used token",
    "worlds: a server that rotates",
    "worlds: a server whose refresh tokens expire",
    "worlds: a server with a grace period",
    "worlds: a store without a lock",
    "worlds: a vault",
    "worlds: several managers in a process",
];

#[test]
fn every_property_holds_in_every_world_and_every_fault_happens() {
    let worlds = |from: u64| {
        let mut counts = Counts::default();
        for seed in (from..SEEDS).step_by(2) {
            let run = Simulation::new(seed).run();
            if let Some(violation) = run.violation {
                panic!("{violation}\nsee its trace: cargo xtask simulate --seed {seed}");
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
const FINDERS: [(Mutation, &[&str]); 38] = [
    (Mutation::UseBeforeSave, &["saved_before_use"]),
    (Mutation::SkipReread, &["only_invalid_grants_are_rejected"]),
    (Mutation::NoMark, &["one_refresh_in_flight", "reuse_only_after_a_lost_response"]),
    (
        Mutation::IgnoreCas,
        &[
            "no_older_refresh_token",
            "no_grant_is_lost_without_rotation",
            "no_shorter_lived_access_token",
            "a_version_never_goes_down",
        ],
    ),
    (Mutation::ForgetRotation, &["reuse_only_after_a_lost_response"]),
    (Mutation::IgnoreBudget, &["within_the_budget_of_the_record"]),
    (Mutation::ForgetRequests, &["within_the_budget_of_the_server"]),
    (Mutation::ReplaceOn5xx, &["no_older_refresh_token", "no_grant_is_lost_without_rotation"]),
    (Mutation::NoLock, &["one_refresh_in_flight"]),
    (Mutation::NoDeadline, &["every_call_ends"]),
    (Mutation::DropUnsaved, &["tokens_in_hand_are_saved"]),
    (Mutation::RejectedOnFailure, &["only_invalid_grants_are_rejected", "no_grant_is_lost_without_rotation"]),
    (Mutation::LifetimeFromResponse, &["valid_when_handed_out"]),
    (Mutation::RememberFailure, &["the_next_call_returns_a_token"]),
    (Mutation::AlwaysRefresh, &["no_needless_refresh"]),
    (Mutation::IgnoreRejection, &["valid_when_handed_out"]),
    (Mutation::JoinAny, &["valid_when_handed_out"]),
    (Mutation::NeverStartAgain, &["every_call_ends"]),
    (Mutation::NoOutliving, &["a_valid_token_outlives_failures"]),
    (Mutation::OutliveRejection, &["a_rejected_grant_returns_no_token"]),
    (Mutation::NoBackOff, &["failures_are_followed_by_pauses"]),
    (Mutation::ExtendPause, &["a_pause_has_a_failure"]),
    (Mutation::KeepPause, &["a_pause_has_a_failure"]),
    (Mutation::NoAlarm, &["an_alarm_refreshes_ahead"]),
    (Mutation::DeleteUnread, &["only_revoked_grants_are_deleted"]),
    (Mutation::DropMembers, &["unknown_members_are_kept"]),
    (Mutation::DrawIdOnRefresh, &["a_refresh_keeps_the_id"]),
    (Mutation::IgnoreFormat, &["a_newer_format_is_left_alone"]),
    (Mutation::GiveUpSaving, &["saving_is_not_given_up"]),
    (Mutation::IgnoreMark, &["reuse_only_after_a_lost_response"]),
    (Mutation::TakeRolledBack, &["a_version_never_goes_down"]),
    (Mutation::RevokeUnlocked, &["nothing_lives_after_a_revocation"]),
    (Mutation::NoStoreDeadline, &["every_call_ends"]),
    (Mutation::IgnoreHold, &["nothing_before_hold_until"]),
    (Mutation::LongLease, &["every_wait_is_bounded"]),
    (Mutation::PatientRevocation, &["every_revocation_is_bounded"]),
    (Mutation::LazySaving, &["tokens_are_saved_soon"]),
    (Mutation::DropRefused, &["reuse_only_after_a_lost_response"]),
];

#[test]
fn every_planted_bug_is_found_by_its_properties() {
    assert_eq!(FINDERS.map(|(mutation, _)| mutation), Mutation::ALL);
    let found: BTreeSet<&str> = FINDERS.iter().flat_map(|(_, properties)| *properties).copied().collect();
    assert_eq!(found, Simulation::properties().collect(), "a planted bug for each property");
    for (mutation, properties) in FINDERS {
        let mut missing = properties.to_vec();
        for seed in 0..PATIENCE {
            let violation = Simulation::new(seed).planted(mutation).run().violation;
            missing.retain(|property| violation.as_ref().is_none_or(|found| found.property != *property));
            if missing.is_empty() {
                break;
            }
        }
        assert!(missing.is_empty(), "{missing:?} do not find {mutation:?}");
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
    // Without a lock other properties break too.
    let is_expected = |violation: &Violation| violation.property == "one_refresh_in_flight";
    let found = runs.find_map(|run| Some((run.violation.filter(is_expected)?, run.trace)));
    let (violation, trace) = found.unwrap_or_else(|| panic!("no world finds it"));
    assert_eq!(trace.last(), Some(&violation.to_string()));
}
