//! One token request of a client: a code or a refresh token becomes tokens.

use super::effect::{Effect, Failure};

/// Where an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing was sent yet.
    #[default]
    Starting,
    /// The request was sent.
    Fetching,
}

impl Phase {
    /// Its name in traces and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Fetching => "fetching",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The host starts the flow.
    Start,
    /// The server issued tokens.
    Issued,
    /// The request failed, or its response is an error.
    Failed,
}

/// Goes on from an event.
#[must_use]
pub const fn resume(phase: Phase, event: Event) -> (Phase, Effect) {
    match (phase, event) {
        (Phase::Fetching, Event::Issued) => (phase, Effect::Done),
        (_, Event::Failed) => (phase, Effect::Fail(Failure::Request)),
        (_, Event::Start | Event::Issued) => (Phase::Fetching, Effect::Fetch),
    }
}
