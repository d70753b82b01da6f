//! Zoho's limits: ten requests of each kind in ten minutes, the number of valid tokens, and their lifetimes.

use std::collections::BTreeMap;

/// The length of a window in seconds. A full window accepts no request until it ends.
pub(super) const WINDOW: u64 = 600;
/// Requests in one window.
pub(super) const PER_WINDOW: u32 = 10;
/// The most valid access tokens of one refresh token.
pub(super) const ACCESS_TOKENS: usize = 15;
/// The most valid refresh tokens of one user and client.
pub(super) const REFRESH_TOKENS: usize = 20;
/// The lifetime of an access token in seconds.
pub(super) const ACCESS_TOKEN_LIFE: u64 = 3600;
/// The lifetime of an authorization code in seconds.
pub(super) const WEB_CODE_LIFE: u64 = 120;
/// The default lifetime of a Self Client code in seconds.
pub(super) const SELF_CLIENT_CODE_LIFE: u64 = 180;

/// What a window counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counter {
    /// Access tokens issued for this refresh token.
    AccessTokens(String),
    /// Codes issued to this client.
    Codes(String),
    /// Refresh tokens issued for this client and user.
    RefreshTokens(String, String),
}

#[derive(Clone, Default)]
pub(super) struct RateLimits(BTreeMap<Counter, Window>);

#[derive(Clone)]
struct Window {
    ends: u64,
    count: u32,
}

impl RateLimits {
    /// Counts a request, or returns false when the window is full. A window begins with its first request, and a
    /// refused request does not extend it.
    pub(super) fn take(&mut self, counter: Counter, now: u64) -> bool {
        self.0.retain(|_, window| now < window.ends);
        let window = self.0.entry(counter).or_insert(Window { ends: now.saturating_add(WINDOW), count: 0 });
        let free = window.count < PER_WINDOW;
        if free {
            window.count = window.count.saturating_add(1);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_accepts_no_request_until_it_ends() {
        let mut limits = RateLimits::default();
        let codes = || Counter::Codes("a".into());
        assert!(limits.take(codes(), 1000));
        for _ in 0..9 {
            assert!(limits.take(codes(), 1500));
        }
        assert!(!limits.take(codes(), 1599));
        assert!(limits.take(Counter::Codes("b".into()), 1599));
        assert!(limits.take(codes(), 1600));
    }
}
