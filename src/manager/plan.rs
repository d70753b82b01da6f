//! What to do with a stored grant now.

use std::time::Duration;

use super::budget;
use super::record::{Lifetime, Record};
use crate::text::time::{MAX_WAIT, RateLimit, UnixTime};

/// The requirements of a caller for its access token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Refresh when no more time than this is left, plus up to a tenth by `jitter`.
    pub leeway: Duration,
    /// A random number from 0 to 1 for each process, so that processes do not refresh in the same second.
    pub jitter: f64,
    /// How long the access token must still be valid.
    pub min_validity: Duration,
}

/// What to do with a stored grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plan {
    /// Use the access token.
    Use,
    /// Refresh the access token.
    Refresh,
    /// Send no request before this time, since the server throttled or the budget is exhausted.
    Wait(UnixTime),
    /// Load again soon, at the latest at this time, since another process refreshes.
    Join(UnixTime),
    /// Send the user through a new authorization request, since there is no refresh token or the server rejects it.
    Reauthorize,
}

/// Whether an access token needs no refresh yet: more time is left than the leeway and `min_validity`.
///
/// The leeway is at most half of the lifetime: else each call would refresh a token that lives for five minutes.
#[must_use]
pub fn is_fresh(lifetime: Lifetime, wish: &Wish, now: UnixTime) -> bool {
    let Some(expires_at) = lifetime.expires_at else { return true };
    let half = lifetime.issued_at.map(|issued_at| expires_at.since(issued_at).as_secs() / 2);
    let half = half.filter(|half| *half > 0).map(Duration::from_secs);
    let leeway = half.map_or(wish.leeway, |half| half.min(wish.leeway));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "seconds; a float saturates"
    )]
    let spread = (leeway.as_secs() as f64 * 0.1 * wish.jitter.clamp(0.0, 1.0)) as u64;
    let needed = leeway.saturating_add(Duration::from_secs(spread)).max(wish.min_validity);
    expires_at.since(now) > needed
}

/// Whether the access token meets the requirements of the caller, though it may be due for a refresh: it is valid, and
/// for no less than `min_validity`.
pub(crate) fn serves(record: &Record, wish: &Wish, now: UnixTime) -> bool {
    let is_enough = |left: Duration| left > Duration::ZERO && left >= wish.min_validity;
    !record.access_token_rejected && record.left(now).is_none_or(is_enough)
}

/// Decides what to do with a record now. `lease` is how long a mark (`refreshing_since`) means that another process
/// refreshes; zero where no other process can.
#[must_use]
pub fn plan(record: &Record, budget: Option<RateLimit>, wish: &Wish, lease: Duration, now: UnixTime) -> Plan {
    if !record.access_token_rejected && is_fresh(record.lifetime(), wish, now) {
        return Plan::Use;
    }
    let or_use = |plan| if serves(record, wish, now) { Plan::Use } else { plan };
    if !record.has_refresh_token || record.rejected_at.is_some() {
        return or_use(Plan::Reauthorize);
    }
    if let Some(until) = held_until(record, now) {
        return or_use(Plan::Wait(until));
    }
    if let Some(until) = outstanding_until(record, lease, now) {
        return or_use(Plan::Join(until));
    }
    match budget::exhausted_until(budget, &record.requests, now) {
        Some(until) => or_use(Plan::Wait(until)),
        None => Plan::Refresh,
    }
}

/// Whether a record is marked by a process that may still save tokens. One that is marked in the future was marked by a
/// wrong clock.
#[must_use]
pub fn outstanding_until(record: &Record, lease: Duration, now: UnixTime) -> Option<UnixTime> {
    let marked = record.refreshing_since.filter(|since| *since <= now && record.request_ended_at.is_none());
    marked.map(|since| since + lease).filter(|until| *until > now)
}

/// The time before which no request may be sent, since the server throttled. One more than a day ahead does not count,
/// because a wrong clock set it.
pub(crate) fn held_until(record: &Record, now: UnixTime) -> Option<UnixTime> {
    record.hold_until.filter(|until| *until > now && until.since(now) <= MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Option<RateLimit> = Some(RateLimit { requests: 10, window: Duration::from_secs(600) });
    const WISH: Wish = Wish { leeway: seconds(300), jitter: 0.0, min_validity: Duration::ZERO };

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn record() -> Record {
        Record { has_refresh_token: true, expires_at: Some(at(10_000)), ..Record::default() }
    }

    fn planned(record: &Record, wish: &Wish, now: i64) -> Plan {
        plan(record, BUDGET, wish, Duration::ZERO, at(now))
    }

    #[test]
    fn a_token_is_refreshed_ahead_of_its_expiry() {
        for (now, expected) in [(9_699, Plan::Use), (9_700, Plan::Refresh), (10_000, Plan::Refresh)] {
            assert_eq!(planned(&record(), &WISH, now), expected, "{now}");
        }
        let wish = Wish { jitter: 1.0, ..WISH };
        assert_eq!(planned(&record(), &wish, 9_669), Plan::Use);
        assert_eq!(planned(&record(), &wish, 9_670), Plan::Refresh);
        let wish = Wish { min_validity: seconds(1000), ..WISH };
        assert_eq!(planned(&record(), &wish, 9_000), Plan::Refresh);
        assert_eq!(planned(&Record { expires_at: None, ..record() }, &WISH, 9_999_999), Plan::Use);
    }

    #[test]
    fn a_short_lived_token_is_used_for_half_of_its_lifetime() {
        let short = Record { issued_at: Some(at(9_700)), ..record() };
        for (now, expected) in [(9_700, Plan::Use), (9_849, Plan::Use), (9_850, Plan::Refresh)] {
            assert_eq!(planned(&short, &WISH, now), expected, "{now}");
        }
        // Lifetimes of twice the leeway or more, and impossible ones.
        for issued_at in [9_400, 6_400, 10_000, 10_001] {
            let long = Record { issued_at: Some(at(issued_at)), ..record() };
            assert_eq!(planned(&long, &WISH, 9_699), Plan::Use, "{issued_at}");
            assert_eq!(planned(&long, &WISH, 9_700), Plan::Refresh, "{issued_at}");
        }
        assert_eq!(planned(&short, &Wish { min_validity: seconds(200), ..WISH }, 9_800), Plan::Refresh);
    }

    #[test]
    fn a_valid_token_is_used_when_no_request_may_be_sent() {
        let exhausted = Record { requests: vec![at(9_690); 10], ..record() };
        assert_eq!(planned(&exhausted, &WISH, 9_700), Plan::Use);
        assert_eq!(planned(&exhausted, &WISH, 10_000), Plan::Wait(at(10_300)));
        let held = Record { hold_until: Some(at(10_100)), ..record() };
        assert_eq!(planned(&held, &WISH, 9_999), Plan::Use);
        assert_eq!(planned(&held, &WISH, 10_000), Plan::Wait(at(10_100)));
        assert_eq!(planned(&held, &WISH, 10_100), Plan::Refresh);
        let by_a_wrong_clock = Record { hold_until: Some(at(96_401)), ..record() };
        assert_eq!(planned(&by_a_wrong_clock, &WISH, 10_000), Plan::Refresh);
        assert_eq!(planned(&by_a_wrong_clock, &WISH, 10_001), Plan::Wait(at(96_401)));
        let long = Wish { min_validity: seconds(600), ..WISH };
        assert_eq!(planned(&held, &long, 9_500), Plan::Wait(at(10_100)));
    }

    #[test]
    fn a_token_that_is_valid_for_exactly_min_validity_serves() {
        let wish = Wish { min_validity: seconds(600), ..WISH };
        let held = Record { hold_until: Some(at(10_100)), ..record() };
        for (now, expected) in [(9_400, true), (9_401, false)] {
            assert_eq!(serves(&record(), &wish, at(now)), expected, "{now}");
            assert_eq!(planned(&held, &wish, now) == Plan::Use, expected, "{now}");
            // It is refreshed nevertheless where that is possible.
            assert_eq!(planned(&record(), &wish, now), Plan::Refresh, "{now}");
        }
        for (now, expected) in [(9_999, true), (10_000, false)] {
            assert_eq!(serves(&record(), &WISH, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn a_rejected_or_empty_access_token_is_not_used() {
        let rejected = Record { access_token_rejected: true, ..record() };
        assert_eq!(planned(&rejected, &WISH, 0), Plan::Refresh);
        let held = Record { hold_until: Some(at(10)), ..rejected.clone() };
        assert_eq!(planned(&held, &WISH, 0), Plan::Wait(at(10)));
        let no_refresh = Record { has_refresh_token: false, ..rejected };
        assert_eq!(planned(&no_refresh, &WISH, 0), Plan::Reauthorize);
    }

    #[test]
    fn without_a_refresh_token_the_access_token_is_used_until_it_expires() {
        for record in
            [Record { has_refresh_token: false, ..record() }, Record { rejected_at: Some(at(1)), ..record() }]
        {
            assert_eq!(planned(&record, &WISH, 9_999), Plan::Use);
            assert_eq!(planned(&record, &WISH, 10_000), Plan::Reauthorize);
        }
    }

    #[test]
    fn a_mark_counts_for_the_lease_until_its_request_has_ended() {
        let marked = Record { refreshing_since: Some(at(10_000)), ..record() };
        let leased = |record: &Record, now| plan(record, BUDGET, &WISH, seconds(15), at(now));
        assert_eq!(planned(&marked, &WISH, 10_001), Plan::Refresh);
        assert_eq!(leased(&marked, 10_014), Plan::Join(at(10_015)));
        assert_eq!(leased(&marked, 10_015), Plan::Refresh);
        let ended = Record { request_ended_at: Some(at(10_001)), ..marked.clone() };
        assert_eq!(leased(&ended, 10_001), Plan::Refresh);
        // A wrong clock set a mark in the future.
        assert_eq!(leased(&marked, 9_999), Plan::Refresh);
        let valid = Record { expires_at: Some(at(10_100)), ..marked };
        assert_eq!(leased(&valid, 10_001), Plan::Use);
    }

    #[test]
    fn a_mark_counts_while_its_process_may_have_tokens_to_save() {
        let marked = |since| Record { refreshing_since: Some(at(since)), ..record() };
        for (since, expected) in
            [(9_971, Some(10_001)), (9_970, None), (10_000, Some(10_030)), (10_001, None)]
        {
            let until = outstanding_until(&marked(since), seconds(30), at(10_000)).map(UnixTime::seconds);
            assert_eq!(until, expected, "{since}");
        }
        let ended = Record { request_ended_at: Some(at(10_000)), ..marked(10_000) };
        assert_eq!(outstanding_until(&ended, seconds(30), at(10_000)), None);
    }
}
