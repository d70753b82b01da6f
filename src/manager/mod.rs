//! Keeping tokens fresh, as pure decisions.
//!
//! [`plan`] says what to do with a record now. [`refresh`] is one refresh as a machine: it asks the host to load, save and
//! send, is told what came of it, and says when the caller may have a token. The host holds the promise, the store and
//! the lock; what happens between them is decided here, so that a simulator can run the very same decisions.

pub mod budget;
pub mod plan;
pub mod record;
pub mod refresh;
