//! One revocation: the forms of the provider, one after the other, and with a store the deletion of the record.
//!
//! It takes the lock of the store, so that no refresh brings tokens meanwhile. Without a lock it waits for a refresh that
//! is marked in the record, and revokes what another one brought all the same. The record is deleted only if no process
//! saved another version while its tokens were revoked.

use std::time::Duration;

use super::effect::{Effect, Failure, PAUSE};
use crate::oauth::revocation::RevocationOutcome;

/// The phase of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for the record.
    #[default]
    Loading,
    /// Waiting for the response to a form.
    Fetching,
    /// Waiting for the record as it is now.
    Rereading,
    /// Waiting for the record to be deleted.
    Deleting,
}

impl Phase {
    /// Every phase.
    pub const ALL: &[Self] = &[Self::Loading, Self::Fetching, Self::Rereading, Self::Deleting];

    /// The name of the phase in traces and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Fetching => "fetching",
            Self::Rereading => "rereading",
            Self::Deleting => "deleting",
        }
    }
}

/// The state of a revocation between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// The phase of the revocation.
    pub phase: Phase,
    /// The number of the form that was sent last.
    pub attempt: usize,
    /// The version of the record whose tokens are revoked; `None` without a store.
    pub version: Option<i64>,
    /// The number of versions whose tokens were revoked.
    pub rounds: u8,
}

/// The most versions of a grant whose tokens are revoked in one flow.
const MAX_ROUNDS: u8 = 5;

/// A loaded record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// The version; `None` without a record.
    pub version: Option<i64>,
    /// Whether the host has tokens to revoke.
    pub has_tokens: bool,
    /// Whether another process may still save tokens of a refresh.
    pub is_outstanding: bool,
    /// Whether it has the `grant_id` of the tokens that were revoked.
    pub same_grant: bool,
    /// Whether its `grant_id` is another, or one of the two records has none.
    pub other_grant: bool,
}

/// An event of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The host starts the flow.
    Start {
        /// Whether the tokens are those of a store.
        stored: bool,
        /// Whether the store has a lock.
        has_lock: bool,
    },
    /// The lock is held.
    Locked,
    /// The record was loaded.
    Loaded(Loaded),
    /// The store failed.
    StoreFailed,
    /// The server responded to a form, with the result, and whether there is another form.
    Response(RevocationOutcome, bool),
    /// The request failed, or the response is an error.
    Failed {
        /// Whether the error is retryable, so that the state of the token is unknown.
        retryable: bool,
        /// Whether there is another form.
        more: bool,
    },
    /// The wait is over.
    Woke,
    /// The record was deleted.
    Deleted,
}

/// The next state and effect after an event.
#[must_use]
pub fn resume(state: State, event: Event) -> (State, Effect) {
    let fetch = |attempt| (State { phase: Phase::Fetching, attempt, ..state }, Effect::Fetch);
    match (state.phase, event) {
        (_, Event::Start { stored: false, .. }) => fetch(0),
        (_, Event::Start { stored: true, has_lock: true }) => (State::default(), Effect::Lock),
        (_, Event::Start { stored: true, .. } | Event::Locked) => (State::default(), Effect::Load),
        (_, Event::StoreFailed) => (state, Effect::Fail(Failure::Store)),
        // A refresh of another process ends, or its mark does.
        (Phase::Loading, Event::Loaded(Loaded { is_outstanding: true, .. })) => (state, Effect::Sleep(PAUSE)),
        (Phase::Loading, Event::Woke) => (state, Effect::Load),
        (Phase::Loading, Event::Loaded(Loaded { version, has_tokens: true, .. })) => {
            let version = version.or(Some(-1));
            (State { phase: Phase::Fetching, attempt: 0, version, ..state }, Effect::Fetch)
        }
        (Phase::Loading, Event::Loaded(_)) => (state, Effect::Done),
        // The next form is built in a step of its own, so that the token crosses to the machine only to be sent.
        (
            _,
            Event::Response(RevocationOutcome::Unknown, true)
            | Event::Failed { retryable: false, more: true },
        ) => (State { attempt: state.attempt.saturating_add(1), ..state }, Effect::Sleep(Duration::ZERO)),
        (_, Event::Woke) => fetch(state.attempt),
        (_, Event::Failed { .. }) => (state, Effect::Fail(Failure::Request)),
        (_, Event::Response(..)) if state.version.is_none() => (state, Effect::Done),
        (_, Event::Response(..)) => (State { phase: Phase::Rereading, ..state }, Effect::Load),
        (Phase::Rereading, Event::Loaded(Loaded { version, other_grant: false, .. }))
            if version.is_some() && version == state.version =>
        {
            (State { phase: Phase::Deleting, ..state }, Effect::Delete)
        }
        // A refresh saved its tokens after all.
        (Phase::Rereading, Event::Loaded(loaded)) if loaded.same_grant && state.rounds < MAX_ROUNDS => {
            let rounds = state.rounds.saturating_add(1);
            let phase = Phase::Loading;
            (State { phase, attempt: 0, rounds, ..state }, Effect::Load)
        }
        (_, Event::Loaded(..) | Event::Deleted) => (state, Effect::Done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(events: &[Event]) -> Vec<&'static str> {
        let mut state = State::default();
        let mut effects = Vec::new();
        for event in events {
            let (next, effect) = resume(state, *event);
            state = next;
            effects.push(effect.name());
        }
        effects
    }

    const REVOKED: Event = Event::Response(RevocationOutcome::Revoked, true);
    const UNKNOWN: fn(bool) -> Event = |more| Event::Response(RevocationOutcome::Unknown, more);

    #[test]
    fn each_form_is_sent_until_one_confirms() {
        let start = Event::Start { stored: false, has_lock: true };
        assert_eq!(effects(&[start, REVOKED]), ["fetch", "done"]);
        let two = [start, UNKNOWN(true), Event::Woke, UNKNOWN(false)];
        assert_eq!(effects(&two), ["fetch", "sleep", "fetch", "done"]);
        let refused = |more| Event::Failed { retryable: false, more };
        let two = [start, refused(true), Event::Woke, refused(false)];
        assert_eq!(effects(&two), ["fetch", "sleep", "fetch", "fail"]);
        assert_eq!(effects(&[start, Event::Failed { retryable: true, more: true }]), ["fetch", "fail"]);
    }

    #[test]
    fn a_record_is_deleted_unless_another_was_saved_meanwhile() {
        let begin = [START, loaded(Some(3), true), REVOKED];
        let then = |event| effects(&[&begin[..], &[event, Event::Deleted]].concat());
        assert_eq!(then(loaded(Some(3), true))[2..], ["load", "delete", "done"]);
        for other in [Some(4), None] {
            assert_eq!(then(loaded(other, true))[2..4], ["load", "done"]);
        }
        assert_eq!(effects(&[begin[0], loaded(None, false)]), ["load", "done"]);
        // Tokens that could not be saved are revoked, and there is nothing to delete.
        let unsaved = [begin[0], loaded(None, true), REVOKED, loaded(None, true)];
        assert_eq!(effects(&unsaved), ["load", "fetch", "load", "done"]);
    }

    const START: Event = Event::Start { stored: true, has_lock: false };

    fn loaded(version: Option<i64>, has_tokens: bool) -> Event {
        Event::Loaded(Loaded { version, has_tokens, ..Loaded::default() })
    }

    #[test]
    fn a_revocation_holds_the_lock_or_waits_for_the_mark() {
        let start = Event::Start { stored: true, has_lock: true };
        assert_eq!(effects(&[start, Event::Locked]), ["lock", "load"]);
        let marked = Loaded { version: Some(3), has_tokens: true, is_outstanding: true, ..Loaded::default() };
        let waits = [START, Event::Loaded(marked), Event::Woke, loaded(Some(4), true)];
        assert_eq!(effects(&waits), ["load", "sleep", "load", "fetch"]);
        assert_eq!(effects(&[START, Event::StoreFailed]), ["load", "fail"]);
    }

    #[test]
    fn tokens_that_a_refresh_saved_meanwhile_are_revoked_too() {
        let newer = |version| {
            Event::Loaded(Loaded {
                version: Some(version),
                has_tokens: true,
                same_grant: true,
                ..Loaded::default()
            })
        };
        let events = [START, newer(3), REVOKED, newer(4), newer(4), REVOKED, newer(4), Event::Deleted];
        assert_eq!(effects(&events), ["load", "fetch", "load", "load", "fetch", "load", "delete", "done"]);
        let endless: Vec<_> =
            (3..20).flat_map(|version| [newer(version), REVOKED, newer(version + 1)]).collect();
        assert_eq!(effects(&[&[START], &endless[..]].concat()).last(), Some(&"done"));
    }
}
