//! A time that several properties allow for.

/// Seconds for which a process waits for a response.
pub(super) const DEADLINE_SECONDS: u64 = 10;
