//! What Zoho counts: ten of each in ten minutes, and how many tokens may live.

use std::collections::BTreeMap;

/// Seconds in which requests are counted; a full window refuses until it ends.
pub(super) const WINDOW: u64 = 600;
/// Requests in one window.
pub(super) const PER_WINDOW: u32 = 10;
/// Live access tokens of one refresh token.
pub(super) const ACCESS_TOKENS: usize = 15;
/// Refresh tokens of one user and client.
pub(super) const REFRESH_TOKENS: usize = 20;
/// Seconds that an access token lives.
pub(super) const ACCESS_TOKEN_LIFE: u64 = 3600;
/// Seconds that a code of the web flow lives.
pub(super) const WEB_CODE_LIFE: u64 = 120;
/// Seconds that a Self Client code lives unless the console is told otherwise.
pub(super) const SELF_CLIENT_CODE_LIFE: u64 = 180;

/// What a window counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counted {
    /// Access tokens asked for with this refresh token.
    AccessTokens(String),
    /// Codes made for this client.
    Codes(String),
    /// Refresh tokens made for this client and user.
    RefreshTokens(String, String),
}

#[derive(Clone, Default)]
pub(super) struct Windows(BTreeMap<Counted, Window>);

#[derive(Clone)]
struct Window {
    ends: u64,
    count: u32,
}

impl Windows {
    /// Counts one; false where the window is full. A window begins with the first request, and a refused one does not
    /// lengthen it.
    pub(super) fn spend(&mut self, what: Counted, now: u64) -> bool {
        self.0.retain(|_, window| now < window.ends);
        let window = self.0.entry(what).or_insert(Window { ends: now.saturating_add(WINDOW), count: 0 });
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
    fn ten_then_none_until_the_window_ends() {
        let mut windows = Windows::default();
        let codes = || Counted::Codes("a".into());
        assert!(windows.spend(codes(), 1000));
        for _ in 0..9 {
            assert!(windows.spend(codes(), 1500));
        }
        assert!(!windows.spend(codes(), 1599));
        assert!(windows.spend(Counted::Codes("b".into()), 1599));
        assert!(windows.spend(codes(), 1600));
    }
}
