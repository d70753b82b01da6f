//! Times as values: no function reads a clock.

use std::time::{Duration, SystemTime};

/// A time, in whole seconds since the Unix epoch.
///
/// ```
/// use grantkit::UnixTime;
/// use std::time::Duration;
/// let issued_at = UnixTime::from_seconds(1_800_000_000);
/// let expires_at = issued_at + Duration::from_secs(3600);
/// assert_eq!(expires_at.since(issued_at), Duration::from_secs(3600));
/// assert_eq!(issued_at.since(expires_at), Duration::ZERO);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The time that is `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The time in seconds since the Unix epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The duration from `earlier` to this time; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The whole seconds of a duration.
fn whole(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl std::ops::Add<Duration> for UnixTime {
    type Output = Self;

    /// The time later by the whole seconds of `duration`, at most the largest time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole(duration)))
    }
}

impl std::ops::Sub<Duration> for UnixTime {
    type Output = Self;

    /// The time earlier by the whole seconds of `duration`, at least the smallest time.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole(duration)))
    }
}

impl From<SystemTime> for UnixTime {
    /// The time in whole seconds; a time before the epoch becomes the epoch.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, whole))
    }
}

/// How many token requests a server accepts for one refresh token within a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The number of requests.
    pub requests: usize,
    /// The length of the window.
    pub window: Duration,
}

/// The longest time that is accepted of a `Retry-After` header: one day.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(86_400);

/// The wait of a `Retry-After` header ([RFC 9110 section
/// 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)), a number of seconds or a date, at most one day;
/// `None` for another value.
#[must_use]
pub fn retry_after(header: &str, now: UnixTime) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(header.parse().map_or(MAX_WAIT, Duration::from_secs).min(MAX_WAIT));
    }
    Some(http_date(header)?.since(now).min(MAX_WAIT))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Parses an IMF-fixdate, the only format that a server may send (RFC 9110 section 5.6.7):
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<UnixTime> {
    let (_, date) = text.split_once(',')?;
    let mut parts = date.strip_prefix(' ')?.split([' ', ':']);
    let mut next = |longest| {
        let text = parts
            .next()
            .filter(|text| text.len() <= longest && text.bytes().all(|b| b.is_ascii_alphanumeric()))?;
        Some((text, text.parse::<i64>().ok()))
    };
    let day = next(2)?.1?;
    let name = next(3)?.0;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()?;
    let year = next(4)?.1?;
    let (hour, minute, second) = (next(2)?.1?, next(2)?.1?, next(2)?.1?);
    if next(3)?.0 != "GMT" || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years are counted from March, so that the leap day is the last of its year.
    let months = month.checked_add(10)?.checked_rem(12)?;
    let years = if month < 2 { year.checked_sub(1)? } else { year };
    let leap_days =
        years.checked_div(4)?.checked_sub(years.checked_div(100)?)?.checked_add(years.checked_div(400)?)?;
    let day_of_year = months.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?;
    let days =
        years.checked_mul(365)?.checked_add(leap_days)?.checked_add(day_of_year)?.checked_sub(719_469)?;
    let hours = days.checked_mul(24)?.checked_add(hour)?;
    let seconds = hours.checked_mul(60)?.checked_add(minute)?.checked_mul(60)?.checked_add(second)?;
    Some(UnixTime(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let now = UnixTime(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        for (header, expected) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("99999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Wed, 29 Feb 2096 00:00:00 GMT", Some(86_400)),
            ("Sun, 06 Foo 1994 08:50:37 GMT", None),
            ("Sun, 06 Nov 1994 25:50:37 GMT", None),
            ("Sun, 06 Nov 1994 08:50:37 CET", None),
            ("Sun, 06 Nov 1994 08:50 GMT", None),
            ("Sun, 00 Nov 1994 08:50:37 GMT", None),
            ("Sun, 06 Nov 1994 +8:50:37 GMT", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), expected.map(Duration::from_secs), "{header}");
        }
    }

    #[test]
    fn counts_days_across_leap_years() {
        for (date, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 946_684_799),
            ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Thu, 01 Mar 2001 00:00:00 GMT", 983_404_800),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] {
            assert_eq!(http_date(date), Some(UnixTime(seconds)), "{date}");
        }
    }
}
