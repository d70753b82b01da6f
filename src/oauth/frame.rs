//! A list of texts as one text, for the boundary: fields between NUL characters, counted by the sender.
//!
//! A NUL inside a field makes the count wrong and the whole frame is refused, so no field can pose as two.

use std::fmt;

use crate::oauth::error::Error;
use crate::text::scan;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// Writes fields one behind the other.
#[derive(Debug, Default)]
pub struct Writer {
    out: Secret,
}

impl Writer {
    /// Begins with a first field that was written already.
    #[must_use]
    pub fn begin(first: String) -> Self {
        Self { out: Secret::from(first) }
    }

    /// Begins with a first field that is secret.
    #[must_use]
    pub const fn of(first: Secret) -> Self {
        Self { out: first }
    }

    /// Adds a field.
    #[inline(never)]
    pub fn field(&mut self, text: &str) {
        self.out.push("\0");
        self.out.push(text);
    }

    /// Adds a field that is `1` or empty.
    pub fn flag(&mut self, flag: bool) {
        self.field(if flag { "1" } else { "" });
    }

    /// The frame.
    #[must_use]
    pub fn finish(self) -> Secret {
        self.out
    }
}

/// Reads fields in the order they were written.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: Option<&'a str>,
    left: usize,
}

impl<'a> Reader<'a> {
    /// A reader of exactly `count` fields.
    ///
    /// # Errors
    /// `invalid_configuration` when there are not as many: some value holds a NUL character.
    pub fn new(frame: &'a str, count: usize) -> Result<Self, Error> {
        let separators = scan::nuls(frame.as_bytes());
        if separators.checked_add(1) != Some(count) {
            return Err(Error::configuration(&["a value holds a NUL character: remove it"]));
        }
        Ok(Self { rest: Some(frame), left: count })
    }

    /// A reader of a frame that was written here.
    pub(crate) fn own(frame: &'a str) -> Self {
        Self { rest: Some(frame), left: 0 }
    }

    /// How many fields are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// The next field; empty when there is none.
    #[inline(never)]
    pub fn text(&mut self) -> &'a str {
        self.left = self.left.saturating_sub(1);
        let rest = self.rest.take().unwrap_or_default();
        let (field, after) = scan::cut(rest, 0);
        self.rest = after;
        field
    }

    /// The next field, where an empty one means that there is no value.
    #[inline(never)]
    pub fn optional(&mut self) -> Option<&'a str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// The next field as a whole number; 0 when it is none.
    pub fn number(&mut self) -> i64 {
        self.time().unwrap_or(0)
    }

    /// The next field as a time, if it is one.
    pub fn time(&mut self) -> Option<UnixTime> {
        whole(self.text())
    }

    /// The next field as times between commas.
    #[inline(never)]
    pub fn times(&mut self) -> Vec<UnixTime> {
        self.text().split(',').filter_map(whole).collect()
    }
}

#[inline(never)]
fn whole(text: &str) -> Option<i64> {
    text.parse().ok()
}

impl fmt::Debug for Reader<'_> {
    /// A frame may hold secrets, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("left", &self.left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_any_length_come_back() {
        for length in 0..50 {
            let fields = ["é".repeat(length), String::new(), "x".repeat(length), "\u{1}".repeat(17)];
            let frame = fields.join("\0");
            let mut reader = Reader::new(&frame, 4).unwrap();
            for field in &fields {
                assert_eq!(reader.text(), field);
            }
            assert_eq!((reader.text(), reader.left()), ("", 0));
        }
    }

    #[test]
    fn a_separator_inside_a_field_is_refused() {
        let mut writer = Writer::begin("a".to_owned());
        writer.flag(false);
        writer.field("c");
        let frame = writer.finish();
        let mut reader = Reader::new(frame.expose(), 3).unwrap();
        assert_eq!((reader.text(), reader.optional(), reader.text(), reader.left()), ("a", None, "c", 0));
        assert!(Reader::new("a\0b\0c", 2).is_err());
    }
}
