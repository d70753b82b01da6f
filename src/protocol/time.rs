//! Times are seconds since the Unix epoch, and arguments.

/// Seconds since the Unix epoch.
pub type UnixTime = i64;

/// The longest wait that a server is believed to want, in seconds.
const LONGEST_WAIT: u32 = 86_400;

/// The seconds that a `Retry-After` header asks for (RFC 9110 10.2.3): a number, or a date; `None` for nonsense.
#[must_use]
pub fn retry_after(header: &str, now: UnixTime) -> Option<u32> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(header.parse().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT));
    }
    let date = httpdate::parse_http_date(header).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(date.as_secs()).ok()?.saturating_sub(now);
    u32::try_from(seconds.clamp(0, i64::from(LONGEST_WAIT))).ok()
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
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), expected, "{header}");
        }
    }
}
