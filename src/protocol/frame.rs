//! A list of texts as one text, for the boundary: fields between NUL characters, counted by the sender.
//!
//! A NUL inside a field makes the count wrong and the whole frame is refused, so no field can pose as two.

use super::error::Error;

/// What stands between fields.
pub const SEPARATOR: char = '\0';

/// Joins fields; [`Reader`] takes them apart.
#[must_use]
pub fn join(fields: &[&str]) -> String {
    fields.join("\0")
}

/// Reads fields in the order they were written.
#[derive(Debug)]
pub struct Reader<'a> {
    fields: std::str::Split<'a, char>,
    left: usize,
}

impl<'a> Reader<'a> {
    /// A reader of exactly `count` fields.
    ///
    /// # Errors
    /// `invalid_configuration` when there are not as many: some value holds a NUL character.
    pub fn new(frame: &'a str, count: usize) -> Result<Self, Error> {
        let separators = frame.bytes().filter(|byte| *byte == 0).count();
        if separators.checked_add(1) != Some(count) {
            return Err(Error::configuration("a value holds a NUL character: remove it"));
        }
        Ok(Self { fields: frame.split(SEPARATOR), left: count })
    }

    /// How many fields are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// The next field; empty when there is none.
    pub fn text(&mut self) -> &'a str {
        self.left = self.left.saturating_sub(1);
        self.fields.next().unwrap_or_default()
    }

    /// The next field, where an empty one means that there is no value.
    pub fn optional(&mut self) -> Option<&'a str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// The next field as a whole number; 0 when it is none.
    pub fn number(&mut self) -> i64 {
        self.text().parse().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_inside_a_field_is_refused() {
        let frame = join(&["a", "", "c"]);
        let mut reader = Reader::new(&frame, 3).unwrap();
        assert_eq!((reader.text(), reader.optional(), reader.text(), reader.left()), ("a", None, "c", 0));
        assert!(Reader::new(&join(&["a\0b", "c"]), 2).is_err());
    }
}
