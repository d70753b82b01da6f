//! Times are seconds since the Unix epoch, and arguments.

/// Seconds since the Unix epoch.
pub type UnixTime = i64;

/// The longest wait that a server is believed to want, in seconds.
pub(crate) const LONGEST_WAIT: u32 = 86_400;

/// The seconds that a `Retry-After` header asks for (RFC 9110 10.2.3): a number, or a date; `None` for nonsense.
#[must_use]
pub fn retry_after(header: &str, now: UnixTime) -> Option<u32> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(header.parse().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT));
    }
    let seconds = http_date(header)?.saturating_sub(now);
    u32::try_from(seconds.clamp(0, i64::from(LONGEST_WAIT))).ok()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads the one form of a date that servers may send (IMF-fixdate, RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
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
    hours.checked_mul(60)?.checked_add(minute)?.checked_mul(60)?.checked_add(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_and_dates_and_no_nonsense() {
        let now = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT
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
            assert_eq!(retry_after(header, now), expected, "{header}");
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
            assert_eq!(http_date(date), Some(seconds), "{date}");
        }
    }
}
