//! What a task waits for.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

enum State<T> {
    Open,
    Kept(T),
    Taken,
}

/// A value that will be there later.
pub(super) struct Promise<T>(Rc<RefCell<State<T>>>);

impl<T> Promise<T> {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(State::Open)))
    }

    /// Another hand on the same promise.
    pub(super) fn share(&self) -> Self {
        Self(Rc::clone(&self.0))
    }

    /// Keeps it, unless it was kept before.
    pub(super) fn keep(&self, value: T) {
        let mut state = self.0.borrow_mut();
        if matches!(*state, State::Open) {
            *state = State::Kept(value);
        }
    }

    /// Keeps it otherwise, if nobody has looked yet.
    pub(super) fn keep_instead(&self, value: T) {
        let mut state = self.0.borrow_mut();
        if !matches!(*state, State::Taken) {
            *state = State::Kept(value);
        }
    }
}

impl<T> Future for Promise<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.borrow_mut();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Kept(value) => Poll::Ready(value),
            other => {
                *state = other;
                Poll::Pending
            }
        }
    }
}
