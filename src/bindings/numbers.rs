//! Numbers: JavaScript passes one as such, or several as one text.

use std::time::Duration;

use crate::text::time::UnixTime;

/// A time from seconds as a JavaScript number.
#[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
pub(super) const fn time(seconds: f64) -> UnixTime {
    UnixTime::from_seconds(seconds as i64)
}

/// A duration from seconds as a JavaScript number; zero if it is negative or NaN.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float saturates")]
pub(super) const fn duration(seconds: f64) -> Duration {
    Duration::from_secs(seconds as u64)
}

/// Whole numbers that are separated by commas, `None` for what is not one.
pub(super) fn each(text: &str) -> impl Iterator<Item = Option<i64>> {
    text.split(',').map(|number| number.parse().ok())
}

/// The first whole numbers that are separated by commas, `None` for what is not one.
pub(super) fn read(text: &str) -> [Option<i64>; 9] {
    let mut numbers = [None; 9];
    for (into, number) in numbers.iter_mut().zip(each(text)) {
        *into = number;
    }
    numbers
}

/// Writes whole numbers, separated by commas, with nothing for `None`.
pub(super) fn write(numbers: &mut dyn Iterator<Item = Option<i64>>) -> String {
    let mut text = String::with_capacity(64);
    for (at, number) in numbers.enumerate() {
        if at > 0 {
            text.push(',');
        }
        if let Some(number) = number {
            text.push_str(itoa::Buffer::new().format(number));
        }
    }
    text
}
