//! Times as the CRM API writes them, `2026-01-05T14:30:00+05:30`, and as HTTP does.

/// Formats Unix seconds in a zone that is `offset` minutes from UTC.
pub(super) fn iso8601(unix: u64, offset: i32) -> String {
    let local = i64::try_from(unix).unwrap_or(i64::MAX).saturating_add(i64::from(offset).saturating_mul(60));
    let (year, month, day) = year_month_day(local.div_euclid(86_400));
    let seconds = local.rem_euclid(86_400);
    let (hour, minute, second) =
        (seconds.div_euclid(3600), seconds.rem_euclid(3600).div_euclid(60), seconds.rem_euclid(60));
    let (sign, distance) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    let (zone_hour, zone_minute) = (distance.div_euclid(60), distance.rem_euclid(60));
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{zone_hour:02}:{zone_minute:02}"
    )
}

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Formats Unix seconds as an IMF-fixdate (RFC 9110 section 5.6.7): `Mon, 05 Jan 2026 09:00:00 GMT`.
pub(super) fn http_date(unix: u64) -> String {
    let days = unix.div_euclid(86_400);
    let (year, month, day) = year_month_day(i64::try_from(days).unwrap_or(i64::MAX));
    let weekday = usize::try_from(days.rem_euclid(7)).ok().and_then(|index| DAYS.get(index));
    let index = month.checked_sub(1).and_then(|month| usize::try_from(month).ok());
    let month = index.and_then(|index| MONTHS.get(index));
    let seconds = unix.rem_euclid(86_400);
    let (hour, minute, second) =
        (seconds.div_euclid(3600), seconds.rem_euclid(3600).div_euclid(60), seconds.rem_euclid(60));
    format!(
        "{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT",
        weekday.unwrap_or(&""),
        month.unwrap_or(&"")
    )
}

/// Parses a time that [`iso8601`] formats, or one that ends with `Z` for UTC.
pub(super) fn parse_iso8601(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, zone) = rest.strip_prefix('T')?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign @ ("+" | "-"), distance) => {
            let (hours, minutes) = distance.split_once(':')?;
            let seconds = seconds_of(hours.parse().ok()?, minutes.parse().ok()?, 0)?;
            if sign == "-" { seconds.checked_neg()? } else { seconds }
        }
        _ => return None,
    };
    let known = (1..=12).contains(&month) && (1..=31).contains(&day);
    let days = known.then(|| days_of(year, month, day))?;
    days.checked_mul(86_400)?.checked_add(seconds_of(hour, minute, second)?)?.checked_sub(offset)
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse::<i64>().ok().filter(|number| *number >= 0));
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

fn seconds_of(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let known = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    known.then(|| hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second))
}

/// Days since the epoch of a Gregorian date. Years begin in March, so that the leap day is the last of its year.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = month.saturating_add(9).rem_euclid(12);
    let of_year =
        from_march.saturating_mul(153).saturating_add(2).div_euclid(5).saturating_add(day).saturating_sub(1);
    let leaps = of_era.div_euclid(4).saturating_sub(of_era.div_euclid(100));
    let of_era = of_era.saturating_mul(365).saturating_add(leaps).saturating_add(of_year);
    era.saturating_mul(146_097).saturating_add(of_era).saturating_sub(719_468)
}

fn year_month_day(days: i64) -> (i64, i64, i64) {
    // 400 years have 146 097 days. The guess is at most a year too late, and never too early.
    let guess = days.saturating_mul(400).div_euclid(146_097).saturating_add(1970).saturating_add(1);
    let year = (0..3)
        .map(|back| guess.saturating_sub(back))
        .find(|year| days_of(*year, 1, 1) <= days)
        .unwrap_or(guess);
    let month = (1..=12).rev().find(|month| days_of(year, *month, 1) <= days).unwrap_or(1);
    (year, month, days.saturating_sub(days_of(year, month, 1)).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_time_parses_to_the_same_instant() {
        for (unix, offset, text) in [
            (0, 0, "1970-01-01T00:00:00+00:00"),
            (951_782_400, 330, "2000-02-29T05:30:00+05:30"),
            (1_767_603_600, -480, "2026-01-05T01:00:00-08:00"),
            (1_767_225_599, 0, "2025-12-31T23:59:59+00:00"),
            (4_107_542_400, 60, "2100-03-01T01:00:00+01:00"),
        ] {
            assert_eq!(iso8601(unix, offset), text);
            assert_eq!(parse_iso8601(text), i64::try_from(unix).ok(), "{text}");
        }
        for day in 0..60_000 {
            let text = iso8601(u64::try_from(day).unwrap().saturating_mul(86_400), 0);
            assert_eq!(parse_iso8601(&text), Some(i64::from(day).saturating_mul(86_400)), "{text}");
        }
        assert_eq!(parse_iso8601("2026-01-05T09:00:00Z"), Some(1_767_603_600));
    }

    #[test]
    fn http_dates_are_imf_fixdates() {
        for (unix, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_767_603_600, "Mon, 05 Jan 2026 09:00:00 GMT"),
            (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ] {
            assert_eq!(http_date(unix), text);
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        for text in [
            "",
            "2026-01-05",
            "2026-01-05T09:00:00",
            "2026-13-05T09:00:00Z",
            "2026-01-05T24:00:00Z",
            "Mon, 05 Jan 2026 09:00:00 GMT",
            "2026-01-05T09:00:00+0530",
            "20é6-01-05T09:00:00Z",
            "-026-01-05T09:00:00Z",
        ] {
            assert_eq!(parse_iso8601(text), None, "{text}");
        }
    }
}
