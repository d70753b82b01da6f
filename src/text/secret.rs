//! Text that must not be shown.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A token, code, verifier or client secret, or a text that holds some: redacted in `Debug`, wiped when dropped.
///
/// ```
/// use grantkit::text::secret::Secret;
/// let secret = Secret::from("1000.abc".to_owned());
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "1000.abc");
/// ```
#[derive(Default)]
pub struct Secret(String);

impl Secret {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Adds to the text, which leaves no copy behind where it needs more room.
    #[inline(never)]
    pub(crate) fn push(&mut self, text: &str) {
        let needed = self.0.len().saturating_add(text.len());
        if needed > self.0.capacity() {
            let mut roomier = String::with_capacity(needed.saturating_mul(2));
            roomier.push_str(&self.0);
            *self = Self(roomier);
        }
        self.0.push_str(text);
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Drop for Secret {
    #[inline(never)]
    fn drop(&mut self) {
        // By slices: zeroize goes through a Vec, and so through a String, byte by byte.
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.as_mut_slice().zeroize();
        bytes.spare_capacity_mut().zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Whether a text is VSCHARs alone (RFC 6749 appendix A), as codes and tokens are: anything else could break out of a
/// header, or of a frame.
#[inline(never)]
pub(crate) fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A secret that somebody else owns: redacted in `Debug`, and compared in constant time alone.
#[derive(Clone, Copy, Default)]
pub struct SecretStr<'a>(&'a str);

impl<'a> SecretStr<'a> {
    /// The text itself, for the one place that sends it.
    #[must_use]
    pub const fn expose(&self) -> &'a str {
        self.0
    }

    /// Compares in time that depends on the lengths alone.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        // Eight bytes at once: the library pays for each comparison, not for each byte.
        let ((one, end), (two, other_end)) = (self.0.as_bytes().as_chunks(), other.as_bytes().as_chunks());
        let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
        let words = one.iter().zip(two).map(|(one, two)| word(one).ct_eq(&word(two)));
        let ends = self.0.len().ct_eq(&other.len()) & end.ct_eq(other_end);
        words.fold(ends, |same, word| same & word).into()
    }
}

impl<'a> From<&'a str> for SecretStr<'a> {
    fn from(text: &'a str) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SecretStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_itself() {
        assert_eq!(
            format!("{:?} {:#?}", Secret::from("a".to_owned()), SecretStr::from("b")),
            "[redacted] [redacted]"
        );
    }

    #[test]
    fn visible_is_what_is_from_the_space_to_the_tilde() {
        for byte in 0..=u8::MAX {
            for length in [1, 7, 8, 9, 16] {
                for at in 0..length {
                    let mut bytes = vec![b'x'; length];
                    bytes[at] = byte;
                    if let Ok(text) = std::str::from_utf8(&bytes) {
                        assert_eq!(is_visible(text), (b' '..=b'~').contains(&byte), "{byte} at {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn matches_only_the_same_text() {
        let secret = SecretStr::from("abc");
        assert!(secret.matches("abc"));
        for other in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(!secret.matches(other), "{other}");
        }
        let long = "0123456789abcdef0123";
        assert!(SecretStr::from(long).matches(long));
        for at in 0..long.len() {
            let mut other = long.to_owned();
            other.replace_range(at..=at, "x");
            assert!(!SecretStr::from(long).matches(&other), "{other}");
            other.truncate(at);
            assert!(!SecretStr::from(long).matches(&other), "{other}");
            assert!(!SecretStr::from(other.as_str()).matches(long), "{other}");
        }
    }
}
