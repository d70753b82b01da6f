//! A frame: a list of texts as one text, with NUL characters between the fields.
//!
//! The sender counts the fields. With a NUL inside a field the count is wrong, and the frame is refused, so that one
//! field cannot become two.

use std::time::Duration;

use memchr::memchr_iter;

use super::numbers;
use crate::oauth::error::Error;
use crate::text::secret::Secret;
use crate::text::split::cut;
use crate::text::time::UnixTime;

/// Bytes that hold most outputs, so that their memory does not move, which overwrites the old one.
const CAPACITY: usize = 1024;

/// Writes the fields of a frame.
#[derive(Debug)]
pub(super) struct Writer {
    out: Secret,
}

impl Writer {
    /// A writer with the first field.
    pub(super) fn new(first: &str) -> Self {
        let mut out = Secret::from(String::with_capacity(CAPACITY));
        out.push(first);
        Self { out }
    }

    /// Adds a field.
    pub(super) fn field(&mut self, text: &str) {
        self.out.push("\0");
        self.out.push(text);
    }

    /// Adds a flag: `1` or an empty field.
    pub(super) fn flag(&mut self, flag: bool) {
        self.field(if flag { "1" } else { "" });
    }

    /// Adds a number, or an empty field without one.
    pub(super) fn number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.field(itoa::Buffer::new().format(number)),
            None => self.field(""),
        }
    }

    /// Adds a time in seconds, or an empty field without one.
    pub(super) fn time(&mut self, time: Option<UnixTime>) {
        self.number(time.map(UnixTime::seconds));
    }

    /// Adds times in seconds, separated by commas.
    pub(super) fn times(&mut self, times: &[UnixTime]) {
        self.field(&numbers::write(&mut times.iter().map(|time| Some(time.seconds()))));
    }

    /// The frame.
    pub(super) fn finish(self) -> Secret {
        self.out
    }
}

/// Reads the fields of a frame, in order.
pub(super) struct Reader<'a> {
    rest: Option<&'a str>,
    left: usize,
}

impl<'a> Reader<'a> {
    /// A reader of a frame with `count` fields.
    ///
    /// # Errors
    /// `invalid_configuration` when the frame has another number of fields, since a value has a NUL character.
    pub(super) fn new(frame: &'a str, count: usize) -> Result<Self, Error> {
        let reader = Self::unchecked(frame);
        if reader.left != count {
            return Err(Error::configuration("a value has a NUL character: remove it"));
        }
        Ok(reader)
    }

    /// A reader of a frame with any number of fields.
    pub(super) fn unchecked(frame: &'a str) -> Self {
        let separators = memchr_iter(0, frame.as_bytes()).count();
        Self { rest: Some(frame), left: separators.saturating_add(1) }
    }

    /// The number of fields that are left.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// The next field; empty without one.
    // Inlined into a hundred callers, it makes the core module a tenth larger and no call faster (`cargo xtask size`).
    #[inline(never)]
    pub(super) fn text(&mut self) -> &'a str {
        self.left = self.left.saturating_sub(1);
        let (field, rest) = cut(self.rest.take().unwrap_or_default(), 0);
        self.rest = rest;
        field
    }

    /// The next field; `None` if it is empty.
    pub(super) fn optional(&mut self) -> Option<&'a str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// The next field as a flag, which JavaScript writes as `true`.
    pub(super) fn flag(&mut self) -> bool {
        self.text() == "true"
    }

    /// The next field as a whole number; `None` if it is not one.
    pub(super) fn number(&mut self) -> Option<i64> {
        self.text().parse().ok()
    }

    /// The next field as a time in seconds; `None` if it is not one.
    pub(super) fn time(&mut self) -> Option<UnixTime> {
        self.number().map(UnixTime::from_seconds)
    }

    /// The next field as a duration in seconds; zero if it is not one.
    pub(super) fn seconds(&mut self) -> Duration {
        self.number()
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(Duration::ZERO, Duration::from_secs)
    }

    /// The next field as times in seconds, separated by commas.
    pub(super) fn times(&mut self) -> Vec<UnixTime> {
        numbers::each(self.text()).flatten().map(UnixTime::from_seconds).collect()
    }
}
