//! The budget: how many token requests a server accepts for one refresh token. The record has the times of requests, so
//! that processes share the budget, also after a restart.

use std::time::Duration;

use crate::text::time::{RateLimit, UnixTime};

/// The longest time until a counted request reaches the server, whose window begins only then.
const TRAVEL: Duration = Duration::from_secs(10);

/// How long a request counts.
const fn window(limit: RateLimit) -> Duration {
    limit.window.saturating_add(TRAVEL)
}

/// The requests that still count. One in the future, after a clock was set back, counts as one of now; one more than a
/// window ahead does not count, since it would count until then.
fn counted(limit: RateLimit, requests: &[UnixTime], now: UnixTime) -> impl Iterator<Item = UnixTime> {
    let (begin, end) = (now - window(limit), now + window(limit));
    let near = requests.iter().copied().filter(move |time| *time > begin && *time <= end);
    near.map(move |time| time.min(now))
}

/// The time from which a request may be sent; `None` if one may be sent now.
#[must_use]
pub fn exhausted_until(limit: Option<RateLimit>, requests: &[UnixTime], now: UnixTime) -> Option<UnixTime> {
    let limit = limit?;
    let times: Vec<_> = counted(limit, requests, now).collect();
    let excess = times.len().checked_sub(limit.requests)?;
    times.get(excess).map(|oldest| *oldest + window(limit))
}

/// The number of requests that may be sent now; `None` without a limit.
#[must_use]
pub fn left(limit: Option<RateLimit>, requests: &[UnixTime], now: UnixTime) -> Option<usize> {
    limit.map(|limit| limit.requests.saturating_sub(counted(limit, requests, now).count()))
}

/// The requests that still count, and one of now; empty without a limit.
#[must_use]
pub fn with_request(limit: Option<RateLimit>, requests: &[UnixTime], now: UnixTime) -> Vec<UnixTime> {
    limit.map_or_else(Vec::new, |limit| counted(limit, requests, now).chain([now]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Option<RateLimit> = Some(RateLimit { requests: 3, window: Duration::from_secs(600) });

    fn times<const N: usize>(seconds: [i64; N]) -> [UnixTime; N] {
        seconds.map(UnixTime::from_seconds)
    }

    fn until(requests: &[UnixTime], now: i64) -> Option<i64> {
        exhausted_until(THREE, requests, UnixTime::from_seconds(now)).map(UnixTime::seconds)
    }

    #[test]
    fn a_request_counts_for_the_window() {
        assert_eq!(until(&times([100, 200]), 300), None);
        assert_eq!(until(&times([100, 200, 300]), 300), Some(710));
        assert_eq!(until(&times([100, 200, 300]), 709), Some(710));
        assert_eq!(until(&times([100, 200, 300]), 710), None);
        assert_eq!(until(&times([100, 200, 300, 400]), 400), Some(810));
        let now = UnixTime::from_seconds(300);
        assert_eq!(exhausted_until(None, &times([1; 100]), now), None);
        assert_eq!((left(THREE, &times([100, 200]), now), left(None, &times([1]), now)), (Some(1), None));
    }

    #[test]
    fn a_clock_that_was_set_back_a_little_frees_no_request() {
        assert_eq!(until(&times([500, 501, 502]), 100), Some(710));
        let now = UnixTime::from_seconds(700);
        assert_eq!(with_request(THREE, &times([710, 10]), now), times([700, 700]));
    }

    #[test]
    fn requests_of_a_clock_that_was_far_ahead_do_not_count() {
        let ahead = times([99_000, 99_001, 99_002]);
        assert_eq!(until(&ahead, 100), None);
        let now = UnixTime::from_seconds(100);
        assert_eq!((left(THREE, &ahead, now), with_request(THREE, &ahead, now)), (Some(3), vec![now]));
    }
}
