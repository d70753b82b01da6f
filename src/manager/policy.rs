//! Decisions for callers, alarms and status reports about a stored grant and failures.
//!
//! Error codes are those of the npm package's `OAuthErrorCode`, some of which only a host raises.

use std::time::Duration;

use super::budget;
use super::plan::{Wish, held_until, serves};
use super::record::Record;
use crate::text::time::{RateLimit, UnixTime};

/// Failures after which a valid stored token is not returned: an invalid call, an invalid grant, and unsaved tokens.
const LASTING: [&str; 3] = ["invalid_configuration", "reauthorization_required", "store"];

/// Failures that are not of the server: an invalid call, no request, or an invalid grant.
const NOT_OF_THE_SERVER: [&str; 5] =
    ["invalid_configuration", "store", "aborted", "throttled", "reauthorization_required"];

/// The back-off after the first failure, and the longest, in seconds.
const FIRST_BACK_OFF: u64 = 5;
const LONGEST_BACK_OFF: u64 = 300;

/// How long before expiry an alarm refreshes: more than the leeway of a manager, so that no caller waits.
const AHEAD: Duration = Duration::from_secs(600);
/// The shortest time from one alarm to the next.
const SHORTEST_ALARM: Duration = Duration::from_secs(30);
/// The time to the next alarm after one that failed before its refresh, which would have set it. `pkg/vault-schedule.js`
/// has the same value, since such an alarm may have no module to ask.
pub const ALARM_RETRY: Duration = Duration::from_secs(300);

/// The format of the records that this version writes, and the highest that it reads. `pkg/record-fields.js` has the same
/// value, since the host stores records.
pub const FORMAT: u32 = 1;

// `pkg/manager.js` has the next two as well.
/// The most conflicts: with more, something other than refreshes changes the record.
const MAX_CONFLICTS: u8 = 20;
/// How long a request counts as outstanding after its deadline, so that its tokens can be saved.
const MARGIN: Duration = Duration::from_secs(5);

/// How long a process tries to save new tokens while the store fails, and how often.
const SAVING: Duration = Duration::from_secs(30);
const SAVES: u8 = 12;
/// The pause after the first save that failed, and the longest.
const FIRST_SAVE_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_SAVE_PAUSE: Duration = Duration::from_secs(4);

/// Whether this version reads a record of a format. The first records have none.
///
/// A record that it does not read is left as it is: no request is sent with its tokens, and nothing replaces it.
#[must_use]
pub const fn reads(format: Option<u32>) -> bool {
    match format {
        Some(format) => format <= FORMAT,
        None => true,
    }
}

/// Whether a save is repeated that has found another version so many times.
#[must_use]
pub const fn saves_again(conflicts: u8) -> bool {
    conflicts <= MAX_CONFLICTS
}

/// How long the request of another caller or process counts as outstanding.
#[must_use]
pub const fn patience(timeout: Duration) -> Duration {
    timeout.saturating_add(MARGIN)
}

/// How long a mark means that its process waits for a response or has tokens to save: as long as it tries to save them,
/// or as its request may take.
#[must_use]
pub fn lease(timeout: Duration) -> Duration {
    patience(timeout).max(SAVING)
}

/// The pause before a save of new tokens is tried again, after so many attempts that failed and so much time; `None` for
/// the last attempt.
#[must_use]
pub fn save_pause(failures: u8, elapsed: Duration) -> Option<Duration> {
    let doubled = FIRST_SAVE_PAUSE.saturating_mul(2_u32.saturating_pow(u32::from(failures)));
    let pause = doubled.min(LONGEST_SAVE_PAUSE);
    (failures < SAVES && elapsed < SAVING).then_some(pause)
}

/// What a record of new tokens has beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replacement {
    /// The version.
    pub version: i64,
    /// Whether it keeps the times of the latest token requests.
    pub keeps_requests: bool,
}

/// The record of new tokens that an application saves, in place of that of a version if there is one. `first` is the
/// least version: the time in milliseconds, since a grant that is deleted and created again, or saved into a store that went
/// back in time, must not have the version that a late save expects.
///
/// The rate limit is of a refresh token, so that a new one begins with all of it. `same_refresh_token` is whether the new
/// tokens have the stored one.
#[must_use]
pub fn replacement(stored: Option<i64>, same_refresh_token: bool, first: i64) -> Replacement {
    Replacement {
        version: stored.map_or(first, |version| version.saturating_add(1).max(first)),
        keeps_requests: stored.is_some() && same_refresh_token,
    }
}

/// Whether a caller accepts the tokens of a refresh. If not, it starts again.
///
/// `joined` is whether the refresh was started for another caller or resumed, and `issued` whether the server issued
/// tokens since this caller joined it. A joined refresh is accepted if tokens were issued or the access token meets the
/// requirements of the caller.
#[must_use]
pub fn joins(joined: bool, issued: bool, record: &Record, wish: &Wish, now: UnixTime) -> bool {
    !joined || issued || serves(record, wish, now)
}

/// Whether the stored access token is returned after a refresh failed with an error code: one that is still valid is,
/// after a failure of the server or of the network.
#[must_use]
pub fn outlives(code: &str, record: &Record, wish: &Wish, now: UnixTime) -> bool {
    !LASTING.contains(&code) && serves(record, wish, now)
}

/// A back-off after failures of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// The number of refreshes that failed in a row.
    pub failures: u32,
    /// When the access token expires that could not be refreshed. The back-off ends with another access token.
    pub expires_at: Option<UnixTime>,
    /// The time before which no request is sent.
    pub until: UnixTime,
}

/// The back-off, if it is of the access token of the record.
fn current(back_off: Option<BackOff>, record: &Record) -> Option<BackOff> {
    back_off.filter(|back_off| back_off.expires_at == record.expires_at)
}

/// Adds up to a tenth, so that processes do not send their requests in the same second. `random` is from 0 to 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "some minutes; a float saturates"
)]
fn spread(time: Duration, random: f64) -> Duration {
    let more = time.as_secs() as f64 * 100.0 * random.clamp(0.0, 1.0);
    time.saturating_add(Duration::from_millis(more as u64))
}

/// The back-off after a refresh that failed with an error code; `None` for a failure that is not of the server.
/// `random` is from 0 to 1.
#[must_use]
pub fn back_off(
    earlier: Option<BackOff>,
    record: &Record,
    code: &str,
    now: UnixTime,
    random: f64,
) -> Option<BackOff> {
    if NOT_OF_THE_SERVER.contains(&code) {
        return None;
    }
    let failures = current(earlier, record).map_or(0, |earlier| earlier.failures).saturating_add(1);
    let doubled = FIRST_BACK_OFF.saturating_mul(2_u64.saturating_pow(failures.saturating_sub(1)));
    let pause = spread(Duration::from_secs(doubled.min(LONGEST_BACK_OFF)), random);
    let pause = Duration::from_secs(pause.saturating_add(Duration::from_millis(500)).as_secs());
    Some(BackOff { failures, expires_at: record.expires_at, until: now + pause })
}

/// The `min_validity` with which an alarm has to refresh now: the time that the access token is still valid, so that no
/// fresh one counts as enough. `None` if the alarm is too early.
#[must_use]
pub fn due(record: &Record, now: UnixTime) -> Option<Duration> {
    record.left(now).filter(|left| *left <= spread(AHEAD, 1.0))
}

/// The time until the next alarm; `None` if an alarm could not refresh. `failed` is the wait after the refresh that has
/// just failed, zero without a `Retry-After`. `random` is from 0 to 1.
#[must_use]
pub fn next_alarm(record: &Record, failed: Option<Duration>, now: UnixTime, random: f64) -> Option<Duration> {
    if !record.has_refresh_token || record.rejected_at.is_some() {
        return None;
    }
    if let Some(until) = held_until(record, now) {
        return Some(until.since(now));
    }
    if let Some(wait) = failed {
        return Some(wait.max(SHORTEST_ALARM));
    }
    let left = record.left(now)?;
    Some(
        left.saturating_sub(spread(AHEAD, random))
            .max(left.checked_div(2).unwrap_or_default())
            .max(SHORTEST_ALARM),
    )
}

/// The status of a stored grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Whether the grant still gives access tokens.
    pub connected: bool,
    /// Whether the server throttles requests.
    pub throttled: bool,
    /// Whether the latest refresh failed with a back-off.
    pub failing: bool,
    /// When the next request may be sent; `None` for now.
    pub retry_at: Option<UnixTime>,
    /// The number of token requests that the server still accepts; `None` without a budget.
    pub requests_left: Option<usize>,
}

impl Status {
    /// The error code that tells why the grant gives no new tokens; `None` if it does. `latest` is the error code of the
    /// latest refresh that failed with a back-off.
    #[must_use]
    pub const fn failure<'c>(&self, latest: &'c str) -> Option<&'c str> {
        if !self.connected {
            Some("reauthorization_required")
        } else if self.throttled {
            Some("throttled")
        } else if self.failing {
            Some(latest)
        } else {
            None
        }
    }
}

/// Derives the status of a stored grant.
#[must_use]
pub fn status(
    record: &Record,
    back_off: Option<BackOff>,
    budget: Option<RateLimit>,
    now: UnixTime,
) -> Status {
    let retry_at = held_until(record, now);
    let back_off = current(back_off, record);
    // A hold that is not that of the back-off is of the server.
    let throttled = retry_at.is_some() && retry_at != back_off.map(|back_off| back_off.until);
    let valid = serves(record, &Wish::default(), now);
    Status {
        connected: record.rejected_at.is_none() && (record.has_refresh_token || valid),
        throttled,
        failing: back_off.is_some() && !throttled,
        retry_at,
        requests_left: budget::left(budget, &record.requests, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(10_000);

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn record(left: u64) -> Record {
        Record { has_refresh_token: true, expires_at: Some(NOW + seconds(left)), ..Record::default() }
    }

    #[test]
    fn a_caller_that_joined_takes_tokens_that_serve_it_or_that_are_new() {
        let wish = Wish { min_validity: seconds(100), ..Wish::default() };
        let takes = |joined, issued, left| joins(joined, issued, &record(left), &wish, NOW);
        assert!(takes(false, false, 1));
        assert!(takes(true, true, 1));
        assert!(takes(true, false, 100));
        assert!(!takes(true, false, 99));
        let rejected = Record { access_token_rejected: true, ..record(1000) };
        assert!(!joins(true, false, &rejected, &wish, NOW));
        assert!(joins(true, true, &rejected, &wish, NOW), "a server may issue the same token again");
    }

    #[test]
    fn a_valid_token_outlives_failures_of_the_server_only() {
        let wish = Wish { leeway: seconds(300), ..Wish::default() };
        for (code, expected) in [
            ("network", true),
            ("unexpected_response", true),
            ("throttled", true),
            ("client_rejected", true),
            ("store", false),
            ("reauthorization_required", false),
            ("invalid_configuration", false),
        ] {
            assert_eq!(outlives(code, &record(1), &wish, NOW), expected, "{code}");
            assert!(!outlives(code, &record(0), &wish, NOW), "{code}");
        }
        let wish = Wish { min_validity: seconds(100), ..wish };
        assert!(outlives("network", &record(100), &wish, NOW));
        assert!(!outlives("network", &record(99), &wish, NOW));
    }

    #[test]
    fn pauses_double_until_they_are_the_longest() {
        let mut earlier = None;
        let pauses = [(); 8].map(|()| {
            earlier = back_off(earlier, &record(10), "network", NOW, 0.0);
            earlier.map_or(0, |back_off| back_off.until.since(NOW).as_secs())
        });
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
        let after = back_off(earlier, &record(20), "network", NOW, 1.0).map(|back_off| back_off.failures);
        assert_eq!(after, Some(1), "other tokens start again");
        assert_eq!(back_off(None, &record(10), "throttled", NOW, 0.0), None);
    }

    #[test]
    fn the_alarm_is_ahead_of_expiry_or_halfway() {
        for (left, random, expected) in [
            (3600, 0.0, 3000),
            (3600, 1.0, 2940),
            (1200, 0.0, 600),
            (1000, 0.0, 500),
            (40, 0.0, 30),
            (0, 0.0, 30),
        ] {
            assert_eq!(next_alarm(&record(left), None, NOW, random), Some(seconds(expected)), "{left}");
        }
        let held = Record { hold_until: Some(NOW + seconds(5)), ..record(10) };
        assert_eq!(next_alarm(&held, Some(seconds(590)), NOW, 0.0), Some(seconds(5)));
        assert_eq!(next_alarm(&record(10), Some(seconds(590)), NOW, 0.0), Some(seconds(590)));
        assert_eq!(next_alarm(&record(10), Some(seconds(0)), NOW, 0.0), Some(seconds(30)));
        let rejected = Record { rejected_at: Some(NOW), ..record(10) };
        assert_eq!(next_alarm(&rejected, None, NOW, 0.0), None);
        for (left, expected) in [(661, None), (660, Some(660)), (1, Some(1)), (0, Some(0))] {
            assert_eq!(due(&record(left), NOW), expected.map(seconds), "{left}");
        }
        assert_eq!(due(&Record { expires_at: None, ..record(0) }, NOW), None);
    }

    #[test]
    fn new_tokens_replace_a_record_and_keep_the_requests_of_their_refresh_token() {
        for (stored, same, version, keeps_requests) in [
            (None, false, 1000, false),
            (None, true, 1000, false),
            (Some(7), false, 1000, false),
            (Some(1000), true, 1001, true),
            (Some(i64::MAX), true, i64::MAX, true),
        ] {
            let expected = Replacement { version, keeps_requests };
            assert_eq!(replacement(stored, same, 1000), expected, "{stored:?} {same}");
        }
    }

    #[test]
    fn records_are_read_up_to_the_format_of_this_version() {
        for (format, expected) in
            [(None, true), (Some(0), true), (Some(1), true), (Some(2), false), (Some(u32::MAX), false)]
        {
            assert_eq!(reads(format), expected, "{format:?}");
        }
    }

    #[test]
    fn a_failed_save_is_tried_again_for_half_a_minute() {
        let pauses = (0..=SAVES).map(|failures| save_pause(failures, Duration::ZERO));
        let milliseconds: Vec<_> = pauses.map(|pause| pause.map_or(0, |pause| pause.as_millis())).collect();
        assert_eq!(milliseconds, [100, 200, 400, 800, 1600, 3200, 4000, 4000, 4000, 4000, 4000, 4000, 0]);
        assert!(save_pause(0, seconds(29)).is_some() && save_pause(0, seconds(30)).is_none());
    }

    #[test]
    fn a_mark_counts_for_as_long_as_its_tokens_may_be_saved() {
        for (timeout, expected) in [(10, 30), (25, 30), (26, 31), (60, 65)] {
            assert_eq!(lease(seconds(timeout)), seconds(expected), "{timeout}");
        }
    }

    #[test]
    fn a_save_is_repeated_twenty_times() {
        for (conflicts, expected) in [(0, true), (20, true), (21, false), (u8::MAX, false)] {
            assert_eq!(saves_again(conflicts), expected, "{conflicts}");
        }
    }

    #[test]
    fn a_request_counts_as_outstanding_for_its_timeout_and_the_time_of_a_save() {
        for (timeout, expected) in [(Duration::ZERO, 5000), (Duration::from_millis(1500), 6500)] {
            assert_eq!(patience(timeout), Duration::from_millis(expected));
        }
        assert_eq!(patience(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn the_failure_of_a_status_is_the_one_to_act_on() {
        for (connected, throttled, failing, expected) in [
            (true, false, false, None),
            (true, false, true, Some("network")),
            (true, true, false, Some("throttled")),
            (false, false, false, Some("reauthorization_required")),
            (false, true, true, Some("reauthorization_required")),
        ] {
            let status = Status { connected, throttled, failing, retry_at: None, requests_left: None };
            assert_eq!(status.failure("network"), expected, "{status:?}");
        }
    }

    #[test]
    fn a_grant_is_connected_while_it_brings_tokens() {
        let of = |has_refresh_token, left, rejected_at| {
            let record = Record { has_refresh_token, rejected_at, ..record(left) };
            status(&record, None, None, NOW).connected
        };
        assert!(of(true, 0, None), "a refresh brings tokens");
        assert!(of(false, 600, None), "the access token is valid");
        assert!(!of(false, 0, None));
        assert!(!of(true, 600, Some(NOW)), "the server rejected it");
    }

    #[test]
    fn a_hold_of_the_server_is_no_pause() {
        let pause = back_off(None, &record(10), "network", NOW, 0.0);
        let paused = Record { hold_until: pause.map(|pause| pause.until), ..record(10) };
        let throttled = Record { hold_until: Some(NOW + seconds(600)), ..record(10) };
        let of = |record: &Record| {
            let status = status(record, pause, None, NOW);
            (status.failing, status.throttled, status.retry_at.map(|at| at.since(NOW).as_secs()))
        };
        assert_eq!(of(&paused), (true, false, Some(5)));
        assert_eq!(of(&throttled), (false, true, Some(600)));
        assert_eq!(of(&record(20)), (false, false, None));
    }
}
