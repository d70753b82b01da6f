//! A list of texts as one text: fields between NUL characters, counted by the sender.
//!
//! A NUL inside a field makes the count wrong, and the whole frame is refused, so that no field can pass for two.

use std::time::Duration;

use crate::oauth::error::Error;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// Writes fields one after the other.
#[derive(Debug)]
pub(super) struct Writer {
    out: Secret,
}

impl Writer {
    /// Starts with the first field.
    pub(super) fn new(first: &str) -> Self {
        let mut text = String::with_capacity(512);
        text.push_str(first);
        Self { out: Secret::from(text) }
    }

    /// Adds a field.
    pub(super) fn field(&mut self, text: &str) {
        self.out.push("\0");
        self.out.push(text);
    }

    /// Adds a field that is `1` or empty.
    pub(super) fn flag(&mut self, flag: bool) {
        self.field(if flag { "1" } else { "" });
    }

    /// Adds a number, or an empty field.
    pub(super) fn number(&mut self, number: Option<i64>) {
        self.field(&number.map(|number| number.to_string()).unwrap_or_default());
    }

    /// Adds a time in seconds, or an empty field.
    pub(super) fn time(&mut self, time: Option<UnixTime>) {
        self.number(time.map(UnixTime::seconds));
    }

    /// The frame.
    pub(super) fn finish(self) -> Secret {
        self.out
    }
}

/// Reads fields in the order in which they were written.
pub(super) struct Reader<'a> {
    fields: std::str::Split<'a, char>,
    left: usize,
}

impl<'a> Reader<'a> {
    /// A reader of exactly `count` fields.
    ///
    /// # Errors
    /// `invalid_configuration` when there are more or fewer, since a value has a NUL character.
    pub(super) fn new(frame: &'a str, count: usize) -> Result<Self, Error> {
        let separators = frame.bytes().filter(|byte| *byte == 0).count();
        if separators.checked_add(1) != Some(count) {
            return Err(Error::configuration("a value has a NUL character: remove it"));
        }
        Ok(Self::unchecked(frame))
    }

    /// A reader of a frame with as many fields as it has.
    pub(super) fn unchecked(frame: &'a str) -> Self {
        Self {
            left: frame.bytes().filter(|byte| *byte == 0).count().saturating_add(1),
            fields: frame.split('\0'),
        }
    }

    /// How many fields are left.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// The next field; empty when there is none.
    // Inlined into a hundred places it made the core module a tenth larger, and no call faster (`cargo xtask size`).
    #[inline(never)]
    pub(super) fn text(&mut self) -> &'a str {
        self.left = self.left.saturating_sub(1);
        self.fields.next().unwrap_or_default()
    }

    /// The next field, where an empty one means that there is no value.
    pub(super) fn optional(&mut self) -> Option<&'a str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// The next field as a flag.
    pub(super) fn flag(&mut self) -> bool {
        self.optional().is_some()
    }

    /// The next field as a whole number, if it is one.
    pub(super) fn number(&mut self) -> Option<i64> {
        self.text().parse().ok()
    }

    /// The next field as a time in seconds, if it is one.
    pub(super) fn time(&mut self) -> Option<UnixTime> {
        self.number().map(UnixTime::from_seconds)
    }

    /// The next field as a duration in seconds; zero where it is none.
    pub(super) fn seconds(&mut self) -> Duration {
        self.number()
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(Duration::ZERO, Duration::from_secs)
    }

    /// The next field as times separated by commas.
    pub(super) fn times(&mut self) -> Vec<UnixTime> {
        self.text().split(',').filter_map(|time| time.parse().ok()).map(UnixTime::from_seconds).collect()
    }
}

/// Times separated by commas.
pub(super) fn times(times: &[UnixTime]) -> String {
    let times: Vec<_> = times.iter().map(|time| time.seconds().to_string()).collect();
    times.join(",")
}
