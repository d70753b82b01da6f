//! The rate budget: how many token requests a server takes for one refresh token, counted in the record so that it
//! survives restarts and is shared by a fleet.

use crate::oauth::profile::Budget;
use crate::text::time::UnixTime;

/// Seconds after which a request that was counted has reached the server, whose window begins only then.
const TRAVEL: i64 = 10;

/// For how many seconds a request counts.
const fn window(budget: Budget) -> i64 {
    budget.window.saturating_add(TRAVEL)
}

/// The requests that still count. One of the future, after a clock was set back, counts as one of now; but one of a later
/// window never, or it would count until then.
fn counted(budget: Budget, requests: &[UnixTime], now: UnixTime) -> impl Iterator<Item = UnixTime> {
    let begin = now.saturating_sub(window(budget));
    let end = now.saturating_add(window(budget));
    let near = requests.iter().copied().filter(move |time| *time > begin && *time <= end);
    near.map(move |time| time.min(now))
}

/// Until when no request may be sent; `None` when one may be sent now.
#[must_use]
pub fn spent_until(budget: Option<Budget>, requests: &[UnixTime], now: UnixTime) -> Option<UnixTime> {
    let budget = budget?;
    let times: Vec<_> = counted(budget, requests, now).collect();
    let excess = times.len().checked_sub(budget.requests)?;
    times.get(excess).map(|oldest| oldest.saturating_add(window(budget)))
}

/// How many requests are left now; `None` where there is no budget.
#[must_use]
pub fn left(budget: Option<Budget>, requests: &[UnixTime], now: UnixTime) -> Option<usize> {
    budget.map(|budget| budget.requests.saturating_sub(counted(budget, requests, now).count()))
}

/// The list with a request of now, without those that no longer count.
#[must_use]
pub fn with_request(budget: Option<Budget>, requests: &[UnixTime], now: UnixTime) -> Vec<UnixTime> {
    budget.map_or_else(Vec::new, |budget| counted(budget, requests, now).chain([now]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Option<Budget> = Some(Budget { requests: 3, window: 600 });

    #[test]
    fn a_request_counts_for_the_window() {
        assert_eq!(spent_until(THREE, &[100, 200], 300), None);
        assert_eq!(spent_until(THREE, &[100, 200, 300], 300), Some(710));
        assert_eq!(spent_until(THREE, &[100, 200, 300], 709), Some(710));
        assert_eq!(spent_until(THREE, &[100, 200, 300], 710), None);
        assert_eq!(spent_until(THREE, &[100, 200, 300, 400], 400), Some(810));
        assert_eq!(spent_until(None, &[1; 100], 1), None);
        assert_eq!((left(THREE, &[100, 200], 300), left(None, &[1], 1)), (Some(1), None));
    }

    #[test]
    fn a_clock_that_was_set_back_a_little_frees_no_request() {
        assert_eq!(spent_until(THREE, &[500, 501, 502], 100), Some(710));
        assert_eq!(with_request(THREE, &[710, 10], 700), [700, 700]);
    }

    #[test]
    fn a_clock_that_was_far_ahead_blocks_nobody() {
        let ahead = [99_000, 99_001, 99_002];
        assert_eq!(spent_until(THREE, &ahead, 100), None);
        assert_eq!((left(THREE, &ahead, 100), with_request(THREE, &ahead, 100)), (Some(3), vec![100]));
    }
}
