//! What to do with a record now.

use super::budget;
use super::record::Record;
use crate::oauth::profile::Budget;
use crate::text::time::{LONGEST_WAIT, UnixTime};

/// How a caller wants its token.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Refresh when fewer seconds are left, plus a share of a tenth that `jitter` says.
    pub leeway: i64,
    /// From 0 to 1: each process draws its own, so that a fleet does not refresh in the same second.
    pub jitter: f64,
    /// Seconds that the token must be good for.
    pub min_validity: i64,
    /// An access token that the resource server refused.
    pub refused: &'a str,
    /// For how many seconds a mark of another process means that its refresh is under way; 0 where a lock says so.
    pub lease: i64,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Use the access token.
    Use,
    /// Refresh it.
    Refresh,
    /// Send nothing before this time: the server throttled, or the budget is spent.
    Wait(UnixTime),
    /// Another process has a refresh under way: load again soon, at the latest at this time.
    Join(UnixTime),
    /// There is nothing to refresh with.
    Reauthorize,
}

/// When an access token begins and ends, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Life {
    /// When it was issued.
    pub issued_at: Option<UnixTime>,
    /// When it expires.
    pub expires_at: Option<UnixTime>,
}

/// Whether an access token needs no thought: the one question that every call asks.
///
/// The leeway is at most half of the token's life: one that lives for five minutes would else be refreshed by every call.
#[must_use]
#[inline(never)]
pub fn is_fresh(life: Life, wish: &Wish<'_>, now: UnixTime) -> bool {
    let Some(expires_at) = life.expires_at else { return true };
    let half = life.issued_at.map(|issued_at| expires_at.saturating_sub(issued_at) / 2);
    let leeway = half.filter(|half| *half > 0).map_or(wish.leeway, |half| half.min(wish.leeway));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "seconds; a float saturates"
    )]
    let spread = (leeway as f64 * 0.1 * wish.jitter.clamp(0.0, 1.0)) as i64;
    let needed = leeway.saturating_add(spread).max(wish.min_validity);
    expires_at.saturating_sub(now) > needed
}

/// Whether an access token may not be handed out: the resource server refused it, or there is none.
fn is_refused(record: &Record, wish: &Wish<'_>) -> bool {
    let access_token = record.access_token.expose();
    access_token.is_empty() || access_token == wish.refused
}

/// Whether an access token that is due still serves the caller: it is handed out rather than nothing.
fn is_good(record: &Record, wish: &Wish<'_>, now: UnixTime) -> bool {
    !is_refused(record, wish) && record.left(now).is_none_or(|left| left > 0 && left >= wish.min_validity)
}

/// What to do with a record now.
#[must_use]
pub fn plan(record: &Record, budget: Option<Budget>, wish: &Wish<'_>, now: UnixTime) -> Plan {
    if !is_refused(record, wish) && is_fresh(record.life(), wish, now) {
        return Plan::Use;
    }
    let or_use = |plan| if is_good(record, wish, now) { Plan::Use } else { plan };
    if record.refresh_token.expose().is_empty() || record.rejected_at.is_some() {
        return or_use(Plan::Reauthorize);
    }
    // One that lasts longer than any server wants is of a clock that was wrong.
    let holds = |until: &UnixTime| *until > now && until.saturating_sub(now) <= i64::from(LONGEST_WAIT);
    if let Some(until) = record.hold_until.filter(holds) {
        return or_use(Plan::Wait(until));
    }
    let marked = record.refreshing_since.filter(|since| *since <= now);
    if let Some(until) = marked.map(|since| since.saturating_add(wish.lease)).filter(|until| *until > now) {
        return or_use(Plan::Join(until));
    }
    match budget::spent_until(budget, &record.requests, now) {
        Some(until) => or_use(Plan::Wait(until)),
        None => Plan::Refresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::secret::Secret;

    const BUDGET: Option<Budget> = Some(Budget { requests: 10, window: 600 });
    const WISH: Wish<'static> = Wish { leeway: 300, jitter: 0.0, min_validity: 0, refused: "", lease: 0 };

    fn record() -> Record {
        Record {
            access_token: Secret::from("a".to_owned()),
            refresh_token: Secret::from("r".to_owned()),
            expires_at: Some(10_000),
            ..Record::default()
        }
    }

    #[test]
    fn a_token_is_refreshed_ahead_of_its_end() {
        for (now, expected) in [(9_699, Plan::Use), (9_700, Plan::Refresh), (10_000, Plan::Refresh)] {
            assert_eq!(plan(&record(), BUDGET, &WISH, now), expected, "{now}");
        }
        let wish = Wish { jitter: 1.0, ..WISH };
        assert_eq!(plan(&record(), BUDGET, &wish, 9_669), Plan::Use);
        assert_eq!(plan(&record(), BUDGET, &wish, 9_670), Plan::Refresh);
        let wish = Wish { min_validity: 1000, ..WISH };
        assert_eq!(plan(&record(), BUDGET, &wish, 9_000), Plan::Refresh);
        assert_eq!(plan(&Record { expires_at: None, ..record() }, BUDGET, &WISH, 9_999_999), Plan::Use);
    }

    #[test]
    fn a_token_that_lives_shortly_is_used_for_half_of_its_life() {
        let short = Record { issued_at: Some(9_700), ..record() };
        for (now, expected) in [(9_700, Plan::Use), (9_849, Plan::Use), (9_850, Plan::Refresh)] {
            assert_eq!(plan(&short, BUDGET, &WISH, now), expected, "{now}");
        }
        // Twice the leeway and more; and a time that cannot be.
        for issued_at in [9_400, 6_400, 10_000, 10_001] {
            let long = Record { issued_at: Some(issued_at), ..record() };
            assert_eq!(plan(&long, BUDGET, &WISH, 9_699), Plan::Use, "{issued_at}");
            assert_eq!(plan(&long, BUDGET, &WISH, 9_700), Plan::Refresh, "{issued_at}");
        }
        assert_eq!(plan(&short, BUDGET, &Wish { min_validity: 200, ..WISH }, 9_800), Plan::Refresh);
    }

    #[test]
    fn a_good_token_is_handed_out_when_no_request_may_be_sent() {
        let spent = Record { requests: vec![9_690; 10], ..record() };
        assert_eq!(plan(&spent, BUDGET, &WISH, 9_700), Plan::Use);
        assert_eq!(plan(&spent, BUDGET, &WISH, 10_000), Plan::Wait(10_300));
        let held = Record { hold_until: Some(10_100), ..record() };
        assert_eq!(plan(&held, BUDGET, &WISH, 9_999), Plan::Use);
        assert_eq!(plan(&held, BUDGET, &WISH, 10_000), Plan::Wait(10_100));
        assert_eq!(plan(&held, BUDGET, &WISH, 10_100), Plan::Refresh);
        let by_a_wrong_clock = Record { hold_until: Some(96_401), ..record() };
        assert_eq!(plan(&by_a_wrong_clock, BUDGET, &WISH, 10_000), Plan::Refresh);
        assert_eq!(plan(&by_a_wrong_clock, BUDGET, &WISH, 10_001), Plan::Wait(96_401));
        let long = Wish { min_validity: 600, ..WISH };
        assert_eq!(plan(&held, BUDGET, &long, 9_500), Plan::Wait(10_100));
    }

    #[test]
    fn a_refused_token_is_not_handed_out_again() {
        let wish = Wish { refused: "a", ..WISH };
        assert_eq!(plan(&record(), BUDGET, &wish, 0), Plan::Refresh);
        assert_eq!(plan(&record(), BUDGET, &Wish { refused: "other", ..WISH }, 0), Plan::Use);
        let held = Record { hold_until: Some(10), ..record() };
        assert_eq!(plan(&held, BUDGET, &wish, 0), Plan::Wait(10));
    }

    #[test]
    fn an_empty_access_token_is_refreshed_at_once() {
        let empty = Record { access_token: Secret::default(), ..record() };
        assert_eq!(plan(&empty, BUDGET, &WISH, 0), Plan::Refresh);
        let held = Record { hold_until: Some(10), ..empty.clone() };
        assert_eq!(plan(&held, BUDGET, &WISH, 0), Plan::Wait(10));
        let dead = Record { refresh_token: Secret::default(), ..empty };
        assert_eq!(plan(&dead, BUDGET, &WISH, 0), Plan::Reauthorize);
    }

    #[test]
    fn without_a_refresh_token_the_user_is_asked_in_the_end() {
        for dead in [
            Record { refresh_token: Secret::default(), ..record() },
            Record { rejected_at: Some(1), ..record() },
        ] {
            assert_eq!(plan(&dead, BUDGET, &WISH, 9_999), Plan::Use);
            assert_eq!(plan(&dead, BUDGET, &WISH, 10_000), Plan::Reauthorize);
        }
    }

    #[test]
    fn a_mark_means_something_only_where_no_lock_does() {
        let marked = Record { refreshing_since: Some(10_000), ..record() };
        let wish = Wish { lease: 15, ..WISH };
        assert_eq!(plan(&marked, BUDGET, &WISH, 10_001), Plan::Refresh);
        assert_eq!(plan(&marked, BUDGET, &wish, 10_014), Plan::Join(10_015));
        assert_eq!(plan(&marked, BUDGET, &wish, 10_015), Plan::Refresh);
        // A mark of the future is of a clock that was wrong.
        assert_eq!(plan(&marked, BUDGET, &wish, 9_999), Plan::Refresh);
        let good = Record { expires_at: Some(10_100), ..marked };
        assert_eq!(plan(&good, BUDGET, &wish, 10_001), Plan::Use);
    }
}
