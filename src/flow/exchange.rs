//! One token request, which exchanges a code or a refresh token for tokens.

use super::effect::{Effect, Failure};

/// The phase of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Phase {
    /// No request was sent yet.
    #[default]
    Starting,
    /// The request was sent.
    Fetching,
}

impl Phase {
    /// Every phase.
    pub const ALL: &[Self] = &[Self::Starting, Self::Fetching];

    /// The name of the phase in traces and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Fetching => "fetching",
        }
    }
}

/// An event of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The host starts the flow.
    Start,
    /// The server issued tokens.
    Issued,
    /// The request failed, or the response is an error.
    Failed,
}

/// The next phase and effect after an event.
#[must_use]
pub const fn resume(phase: Phase, event: Event) -> (Phase, Effect) {
    match (phase, event) {
        (_, Event::Start) => (Phase::Fetching, Effect::Fetch),
        // In whichever phase, so that no issued token is lost.
        (_, Event::Issued) => (phase, Effect::Done),
        (_, Event::Failed) => (phase, Effect::Fail(Failure::Request)),
    }
}
