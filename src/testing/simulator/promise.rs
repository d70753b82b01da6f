//! A value that a task waits for.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// The number of a task, by which it is woken.
pub(super) type TaskId = u64;

enum State<T> {
    Pending,
    Resolved(T),
    Taken,
}

/// A value that will be there later. Resolving it wakes no task: see `World::reply`.
pub(super) struct Promise<T>(Rc<RefCell<State<T>>>);

impl<T> Promise<T> {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(State::Pending)))
    }

    /// Another handle of the same promise.
    pub(super) fn share(&self) -> Self {
        Self(Rc::clone(&self.0))
    }

    /// Sets the value, unless there is one.
    pub(super) fn resolve(&self, value: T) {
        let mut state = self.0.borrow_mut();
        if matches!(*state, State::Pending) {
            *state = State::Resolved(value);
        }
    }

    /// Whether it has no value yet.
    pub(super) fn is_pending(&self) -> bool {
        matches!(*self.0.borrow(), State::Pending)
    }

    /// Sets the value, also in place of one that was not taken yet.
    pub(super) fn replace(&self, value: T) {
        let mut state = self.0.borrow_mut();
        if !matches!(*state, State::Taken) {
            *state = State::Resolved(value);
        }
    }
}

impl<T> Future for Promise<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.borrow_mut();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Resolved(value) => Poll::Ready(value),
            other => {
                *state = other;
                Poll::Pending
            }
        }
    }
}
