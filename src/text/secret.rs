//! Text that must not be shown.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A token, code, verifier or client secret, or a text that holds one: redacted in `Debug`, overwritten when dropped.
///
/// ```
/// use grantkit::text::secret::Secret;
/// let secret = Secret::from("1000.abc");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "1000.abc");
/// ```
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// The text, for the one place that sends or stores it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in a time that depends on the lengths only.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        matches(&self.0, other)
    }

    /// Appends a text without leaving a copy behind when more memory is needed.
    pub(crate) fn push(&mut self, text: &str) {
        let needed = self.0.len().saturating_add(text.len());
        if needed > self.0.capacity() {
            let mut larger = String::with_capacity(needed.saturating_mul(2));
            larger.push_str(&self.0);
            *self = Self(larger);
        }
        self.0.push_str(text);
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Drop for Secret {
    // Inlined into each place that drops a secret, it made the core module 7 KB larger (`cargo xtask size`).
    #[inline(never)]
    fn drop(&mut self) {
        // By slices: zeroize overwrites a String byte by byte.
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

/// Compares in a time that depends on the lengths only.
pub(crate) fn matches(one: &str, other: &str) -> bool {
    // Eight bytes at once: `subtle` keeps the optimizer away from each comparison, so a text of 43 bytes takes a sixth
    // of the time (`cargo bench callback`).
    let ((words, rest), (other_words, other_rest)) =
        (one.as_bytes().as_chunks(), other.as_bytes().as_chunks());
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    let equal = words.iter().zip(other_words).map(|(one, other)| word(one).ct_eq(&word(other)));
    let same_end = one.len().ct_eq(&other.len()) & rest.ct_eq(other_rest);
    equal.fold(same_end, |same, word| same & word).into()
}

/// Whether a text is made of VSCHAR only (RFC 6749 appendix A), as codes and tokens are: any other character could end a
/// header early.
pub(crate) fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_itself() {
        assert_eq!(format!("{:?} {:#?}", Secret::from("a"), Secret::from("b")), "[redacted] [redacted]");
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
        let secret = Secret::from("abc");
        assert!(secret.matches("abc"));
        for other in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(!secret.matches(other), "{other}");
        }
        let long = "0123456789abcdef0123";
        assert!(Secret::from(long).matches(long));
        for at in 0..long.len() {
            let mut other = long.to_owned();
            other.replace_range(at..=at, "x");
            assert!(!Secret::from(long).matches(&other), "{other}");
            other.truncate(at);
            assert!(!Secret::from(long).matches(&other), "{other}");
            assert!(!Secret::from(other.as_str()).matches(long), "{other}");
        }
    }
}
