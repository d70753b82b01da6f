//! What a manager keeps between calls, and loses when its process crashes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::call::CallError;
use super::promise::{Promise, TaskId};
use super::record::{StoredRecord, Tokens};
use crate::flow::refresh::State;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// A refresh whose tokens could not be saved.
pub(super) struct Unsaved {
    pub(super) state: State,
    pub(super) issued: Tokens,
    /// The refresh token that was sent.
    pub(super) sent: Secret,
    /// The `grant_id` of the record whose refresh token that was.
    pub(super) grant_id: Option<u64>,
    /// The number of the request that brought them.
    pub(super) request: Option<u64>,
}

/// What a caller gets of a refresh; none if it takes too long for one that joined it.
pub(super) type Joined = Result<Option<StoredRecord>, CallError>;

/// A caller's task, and what it waits for.
type Waiter = (TaskId, Promise<Joined>);

/// A refresh that callers share.
#[derive(Clone, Default)]
pub(super) struct Running {
    /// Whether its first callers have the error of the store.
    pub(super) replied: Rc<Cell<bool>>,
    /// Whether it has ended.
    pub(super) has_ended: Rc<Cell<bool>>,
    /// Those that wait for it.
    pub(super) waiters: Rc<RefCell<Vec<Waiter>>>,
}

/// The members of a `TokenManager`. Those of one process share none of them.
pub(super) struct Memory {
    pub(super) jitter: f64,
    /// The refresh that callers join.
    pub(super) running: Option<Running>,
    pub(super) unsaved: Option<Rc<Unsaved>>,
    /// The newest record that the manager found in the store or saved there.
    pub(super) latest: Option<StoredRecord>,
    /// The version and the mark of a request of this manager which has ended. In a store that lost writes, another mark may
    /// have that version.
    ended: Option<(i64, Option<UnixTime>)>,
    /// The tokens that the server issued last, which an error of the store carries.
    pub(super) issued_last: Option<Tokens>,
    /// How often the server has issued tokens.
    pub(super) issued: u64,
    /// The error that a planted bug repeats for ever.
    pub(super) failed: Option<CallError>,
}

impl Memory {
    pub(super) const fn new(jitter: f64) -> Self {
        Self {
            jitter,
            running: None,
            unsaved: None,
            latest: None,
            ended: None,
            issued_last: None,
            issued: 0,
            failed: None,
        }
    }
}

impl Memory {
    /// The request that marked a record has ended.
    pub(super) fn end(&mut self, marked: &StoredRecord) {
        self.ended = Some((marked.version, marked.refreshing_since));
    }

    /// The version of a record whose mark is of such a request.
    pub(super) fn ended(&self, record: Option<&StoredRecord>) -> Option<i64> {
        let record = record.filter(|record| self.ended == Some((record.version, record.refreshing_since)));
        record.map(|record| record.version)
    }

    /// Forgets the tokens that a run has to save, unless they are those of another run.
    pub(super) fn forget(&mut self, mine: Option<&Rc<Unsaved>>) {
        let is_mine = |unsaved: &Rc<Unsaved>| mine.is_some_and(|mine| Rc::ptr_eq(unsaved, mine));
        if self.unsaved.as_ref().is_some_and(is_mine) {
            self.unsaved = None;
        }
    }

    /// Remembers a record, unless it is older than the one that is remembered.
    pub(super) fn remember(&mut self, record: &StoredRecord) {
        if self.is_older(record) {
            // The next mark with that version is of another request.
            self.ended = None;
        } else {
            self.latest = Some(record.clone());
        }
    }

    /// Whether the store went back in time.
    pub(super) fn is_older(&self, record: &StoredRecord) -> bool {
        self.latest.as_ref().is_some_and(|latest| {
            record.grant_id.is_some() && record.grant_id == latest.grant_id && record.version < latest.version
        })
    }
}
