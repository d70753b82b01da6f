//! Line 1 is the time in seconds, and the rest a `Retry-After` header.

use std::time::{Duration, UNIX_EPOCH};

use super::{head, text};
use crate::UnixTime;
use crate::text::time::{MAX_WAIT, retry_after};

pub fn run(data: &[u8]) {
    let ([now], header) = head(data);
    let now = UnixTime::from_seconds(now.parse().unwrap_or(784_111_777));
    let header = text(header);
    let wait = retry_after(&header, now);
    assert!(wait.is_none_or(|wait| wait <= MAX_WAIT), "{wait:?}");
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>()
        && header.starts_with(|c: char| c.is_ascii_digit())
    {
        assert_eq!(wait, Some(Duration::from_secs(seconds.into()).min(MAX_WAIT)), "{header}");
    }
    // Of the three formats, only IMF-fixdate has this length.
    let is_fixdate = header.len() == 29 && header.ends_with(" GMT");
    if let Ok(date) = httpdate::parse_http_date(header)
        && is_fixdate
    {
        let seconds = date.duration_since(UNIX_EPOCH).expect("httpdate begins at the epoch").as_secs();
        let seconds = i64::try_from(seconds).expect("few digits");
        let expected = u64::try_from(seconds.saturating_sub(now.seconds())).unwrap_or_default();
        assert_eq!(wait, Some(Duration::from_secs(expected).min(MAX_WAIT)), "{header}");
    }
}
