//! One revocation: the forms of the provider, one after the other, and with a store the deletion of the record.
//!
//! The record is deleted only if no process saved another version while its tokens were revoked.

use std::time::Duration;

use super::effect::{Effect, Failure};
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
}

/// An event of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The host starts the flow.
    Start {
        /// Whether the tokens are those of a store.
        stored: bool,
    },
    /// The record was loaded, with its version, and whether the host has tokens to revoke.
    Loaded(Option<i64>, bool),
    /// The server responded to a form, with the result, and whether there is another form.
    Response(RevocationOutcome, bool),
    /// The request failed, or the response is an error.
    Failed {
        /// Whether the error is retryable, so that the state of the token is unknown.
        retryable: bool,
        /// Whether there is another form.
        more: bool,
    },
    /// The host is ready to send the next form.
    Woke,
    /// The record was deleted.
    Deleted,
}

/// The next state and effect after an event.
#[must_use]
pub fn resume(state: State, event: Event) -> (State, Effect) {
    let fetch = |attempt| (State { phase: Phase::Fetching, attempt, ..state }, Effect::Fetch);
    match (state.phase, event) {
        (_, Event::Start { stored: false }) => fetch(0),
        (_, Event::Start { stored: true }) => (State::default(), Effect::Load),
        (Phase::Loading, Event::Loaded(version, true)) => {
            (State { phase: Phase::Fetching, attempt: 0, version: version.or(Some(-1)) }, Effect::Fetch)
        }
        (Phase::Loading, Event::Loaded(_, false)) => (state, Effect::Done),
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
        (Phase::Rereading, Event::Loaded(version, _)) if version.is_some() && version == state.version => {
            (State { phase: Phase::Deleting, ..state }, Effect::Delete)
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
        let start = Event::Start { stored: false };
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
        let begin = [Event::Start { stored: true }, Event::Loaded(Some(3), true), REVOKED];
        let then = |event| effects(&[&begin[..], &[event, Event::Deleted]].concat());
        assert_eq!(then(Event::Loaded(Some(3), true))[2..], ["load", "delete", "done"]);
        for other in [Some(4), None] {
            assert_eq!(then(Event::Loaded(other, true))[2..4], ["load", "done"]);
        }
        assert_eq!(effects(&[begin[0], Event::Loaded(None, false)]), ["load", "done"]);
        // Tokens that could not be saved are revoked, and there is nothing to delete.
        let unsaved = [begin[0], Event::Loaded(None, true), REVOKED, Event::Loaded(None, true)];
        assert_eq!(effects(&unsaved), ["load", "fetch", "load", "done"]);
    }
}
