//! The machine of a refresh, from any state and with any event, also those that no host sends.

use std::time::Duration;

use grantkit::UnixTime;
use grantkit::flow::effect::{Effect, Failure, Save, Slot};
use grantkit::flow::refresh::{Context, Event, Loaded, Outcome, Phase, State, resume};
use grantkit::manager::plan::Wish;
use grantkit::manager::record::Record;
use grantkit::oauth::profile::RateLimit;
use proptest::prelude::*;

use crate::cases::cases;
use crate::clients::NOW;

/// Times near [`NOW`], and all others.
fn time() -> impl Strategy<Value = UnixTime> {
    let near = (-4000..4000_i64).prop_map(|seconds| UnixTime::from_seconds(NOW.seconds() + seconds));
    let extreme = prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX]).prop_map(UnixTime::from_seconds);
    prop_oneof![6 => near, 1 => extreme, 1 => any::<i64>().prop_map(UnixTime::from_seconds)]
}

fn maybe_time() -> impl Strategy<Value = Option<UnixTime>> {
    prop::option::of(time())
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![4 => (0..1000_u64).prop_map(Duration::from_secs), 1 => any::<Duration>()]
}

fn version() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..9_i64, 1 => any::<i64>(), 1 => Just(i64::MAX)]
}

prop_compose! {
    fn record()(
        version in version(),
        has_refresh_token in prop::bool::weighted(0.8),
        access_token_rejected in prop::bool::weighted(0.2),
        expires_at in maybe_time(),
        issued_at in maybe_time(),
        requests in prop::collection::vec(time(), 0..12),
        refreshing_since in maybe_time(),
        request_ended_at in maybe_time(),
        hold_until in maybe_time(),
        rejected_at in prop::option::weighted(0.2, time()),
    ) -> Record {
        Record {
            version, has_refresh_token, access_token_rejected, expires_at, issued_at, requests, refreshing_since, request_ended_at,
            hold_until, rejected_at,
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let loaded = (record(), flags, prop::option::of(record())).prop_map(|(record, flags, remembered)| {
        let (is_sent, rotated, same_grant, is_issued) = flags;
        let remembered = remembered.map(Box::new);
        Loaded { record, is_sent, rotated, same_grant, is_issued, remembered }
    });
    // Boxed, since the debug build of the strategy overflows the stack of a test.
    let loaded = loaded.boxed();
    let outcome = prop_oneof![
        Just(Outcome::Rejected),
        duration().prop_map(Outcome::Throttled),
        Just(Outcome::Refused),
        Just(Outcome::Unknown),
    ];
    prop_oneof![
        1 => Just(Event::Start),
        1 => Just(Event::Locked),
        1 => Just(Event::Woke),
        1 => Just(Event::StoreFailed),
        1 => Just(Event::Unlocked),
        1 => Just(Event::Replied),
        4 => prop::option::weighted(0.9, loaded).prop_map(Event::Loaded),
        3 => any::<bool>().prop_map(Event::Saved),
        2 => maybe_time().prop_map(Event::Issued),
        2 => outcome.prop_map(Event::Failed),
    ]
}

prop_compose! {
    fn state()(
        phase in prop::sample::select(Phase::ALL.to_vec()),
        conflicts in prop_oneof![Just(0_u8), Just(19), Just(20), any::<u8>()],
        version in version(),
        mark in maybe_time(),
        issued_at in maybe_time(),
        issued_expires_at in maybe_time(),
        saving_since in maybe_time(),
        failures in 0..20_u8,
        replied in any::<bool>(),
    ) -> State {
        State { phase, conflicts, version, mark, issued_at, issued_expires_at, saving_since, failures, replied }
    }
}

fn phase_without_request() -> impl Strategy<Value = Phase> {
    prop::sample::select(
        Phase::ALL.iter().copied().filter(|phase| *phase != Phase::Fetching).collect::<Vec<_>>(),
    )
}

/// A [`Context`], which borrows its record.
#[derive(Debug, Clone)]
struct Surroundings {
    loaded: Option<Record>,
    context: Context<'static>,
}

impl Surroundings {
    fn resume(&self, state: State, event: &Event) -> (State, Effect) {
        resume(state, event.clone(), &Context { loaded: self.loaded.as_ref(), ..self.context })
    }
}

prop_compose! {
    fn surroundings()(
        loaded in prop::option::weighted(0.9, record()),
        leeway in duration(),
        jitter in prop_oneof![4 => 0.0..1.0, 1 => any::<f64>()],
        min_validity in duration(),
        budget in prop::option::of((0..12_usize, duration())),
        has_lock in any::<bool>(),
        exclusive in any::<bool>(),
        timeout in duration(),
        ended in prop::option::of(version()),
        now in prop_oneof![6 => Just(NOW), 1 => time()],
    ) -> Surroundings {
        let wish = Wish { leeway, jitter, min_validity };
        let budget = budget.map(|(requests, window)| RateLimit { requests, window });
        Surroundings { loaded, context: Context { loaded: None, wish, budget, has_lock, exclusive, timeout, ended, now } }
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn each_step_is_one_that_a_host_can_take(state in state(), event in event(), host in surroundings()) {
        let (next, effect) = host.resume(state, &event);
        match &effect {
            Effect::Save(save) => {
                prop_assert!(save.version >= save.expected.saturating_add(1));
                prop_assert_eq!((next.version, next.mark), (save.version, save.refreshing_since));
                let expected_phase = match save.tokens {
                    Slot::Issued => next.phase == Phase::Saving && next.issued_at == save.issued_at,
                    Slot::Loaded => matches!(next.phase, Phase::Marking | Phase::Rejecting | Phase::Recording),
                    Slot::Remembered => next.phase == Phase::Recalling,
                    _ => false,
                };
                prop_assert!(expected_phase, "{:?}", next);
            }
            // A request is sent only after its mark was saved.
            Effect::Fetch => {
                prop_assert_eq!((state.phase, &event, next.phase), (Phase::Marking, &Event::Saved(true), Phase::Fetching));
            }
            Effect::Sleep(pause) => prop_assert!(!pause.is_zero()),
            Effect::Lock => {
                prop_assert!(host.context.has_lock && (event == Event::Start || state.phase == Phase::Polling));
            }
            Effect::Unlock => prop_assert!(host.context.has_lock && state.phase != Phase::Polling),
            Effect::Reply => prop_assert!(event == Event::StoreFailed && !state.replied && next.replied),
            Effect::Fail(Failure::Conflict) => prop_assert!(event == Event::Saved(false) && state.conflicts >= 20),
            // A clock at the end of time has no later time to wait for.
            Effect::Fail(Failure::Throttled(wait)) => prop_assert!(!wait.is_zero() || host.context.now != NOW),
            Effect::Load | Effect::Done | Effect::Fail(_) => {}
            other => prop_assert!(false, "a refresh has no effect {}", other.name()),
        }
    }

    #[test]
    fn issued_tokens_are_saved_at_once(state in state(), expires_at in maybe_time(), host in surroundings()) {
        let fetching = State { phase: Phase::Fetching, ..state };
        let (next, effect) = host.resume(fetching, &Event::Issued(expires_at));
        let loaded = host.loaded.clone().unwrap_or_default();
        let now = Some(host.context.now);
        prop_assert_eq!(
            effect,
            Effect::Save(Save {
                tokens: Slot::Issued,
                expected: loaded.version,
                version: loaded.version.saturating_add(1).max(fetching.version),
                requests: loaded.requests,
                refreshing_since: None,
                request_ended_at: None,
                hold_until: None,
                rejected_at: None,
                issued_at: now,
            })
        );
        prop_assert_eq!((next.phase, next.issued_at, next.issued_expires_at), (Phase::Saving, now, expires_at));
    }

    /// No host sends `Issued` without a request: the flow starts again, and does not save what it did not ask for.
    #[test]
    fn tokens_without_a_request_are_not_saved(state in state(), phase in phase_without_request(), expires_at in maybe_time(), host in surroundings()) {
        let state = State { phase, ..state };
        let (next, effect) = host.resume(state, &Event::Issued(expires_at));
        prop_assert_eq!((next, effect), (State { phase: Phase::Loading, ..state }, Effect::Load));
    }

    /// Until issued tokens are saved, only a save of other tokens of the store drops them.
    #[test]
    fn issued_tokens_outlast_conflicts(state in state(), host in surroundings(), stored in record(), conflicts in 1..20_u8) {
        let fetching = State { phase: Phase::Fetching, conflicts: 0, ..state };
        let (mut state, _) = host.resume(fetching, &Event::Issued(None));
        for _ in 0..conflicts {
            let (adopting, load) = host.resume(state, &Event::Saved(false));
            prop_assert_eq!((adopting.phase, load), (Phase::Adopting, Effect::Load));
            let loaded = Loaded { record: stored.clone(), is_sent: true, rotated: true, ..Loaded::default() };
            let (saving, effect) = host.resume(adopting, &Event::Loaded(Some(loaded)));
            let is_issued = matches!(&effect, Effect::Save(save) if save.tokens == Slot::Issued && save.expected == stored.version);
            prop_assert!(is_issued, "{:?}", effect);
            state = saving;
        }
        prop_assert_eq!(host.resume(state, &Event::Saved(true)).1, Effect::Done);
    }
}

/// The state crosses the boundary at each step.
#[test]
fn the_state_is_small() {
    assert!(size_of::<State>() < 256, "{}", size_of::<State>());
}
