//! What a process keeps between calls, and loses when it crashes.

use super::call::{CallError, CallResult};
use super::promise::{Promise, TaskId};
use super::record::Tokens;
use crate::flow::refresh::State;
use crate::text::secret::Secret;

/// A refresh whose tokens could not be saved.
#[derive(Clone)]
pub(super) struct Unsaved {
    pub(super) state: State,
    pub(super) issued: Tokens,
    /// The refresh token that was sent.
    pub(super) sent: Secret,
}

/// The members of a `TokenManager`.
pub(super) struct Memory {
    pub(super) jitter: f64,
    /// The callers that wait for the running refresh.
    pub(super) running: Option<Vec<(TaskId, Promise<CallResult>)>>,
    pub(super) unsaved: Option<Unsaved>,
    /// The version that marked a request of this process which ended without tokens.
    pub(super) ended: Option<i64>,
    /// How often the server has issued tokens.
    pub(super) issued: u64,
    /// The error that a planted bug repeats for ever.
    pub(super) failed: Option<CallError>,
}

impl Memory {
    pub(super) const fn new(jitter: f64) -> Self {
        Self { jitter, running: None, unsaved: None, ended: None, issued: 0, failed: None }
    }
}
