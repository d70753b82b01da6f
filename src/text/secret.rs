//! Secrets: texts that are not shown.

use std::fmt;

use subtle::ConstantTimeEq;
#[cfg(not(target_arch = "wasm32"))]
use zeroize::Zeroize;

/// A token, code, verifier or client secret, or a text that holds one: redacted in `Debug`, overwritten when dropped.
///
/// ```
/// use grantkit::Secret;
/// let secret = Secret::from("1000.abc");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "1000.abc");
/// ```
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// An empty secret.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// The text, to send or store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the texts are equal, in a time that depends only on their lengths.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        matches(&self.0, other)
    }

    /// Appends a text, and overwrites the old memory when it moves.
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
    fn drop(&mut self) {
        // The module overwrites whatever it frees (`src/bindings/memory.rs`).
        #[cfg(not(target_arch = "wasm32"))]
        {
            // By slices, since zeroize overwrites a String byte by byte.
            let mut bytes = std::mem::take(&mut self.0).into_bytes();
            bytes.as_mut_slice().zeroize();
            bytes.spare_capacity_mut().zeroize();
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Whether the texts are equal, in a time that depends only on their lengths.
pub(crate) fn matches(one: &str, other: &str) -> bool {
    // Eight bytes at once: `subtle` hides each comparison from the optimizer, so that a text of 43 bytes takes a sixth
    // of the time (`cargo bench callback`).
    let ((chunks, rest), (other_chunks, other_rest)) =
        (one.as_bytes().as_chunks(), other.as_bytes().as_chunks());
    let number = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    let equal = chunks.iter().zip(other_chunks).map(|(one, other)| number(one).ct_eq(&number(other)));
    let same_end = one.len().ct_eq(&other.len()) & rest.ct_eq(other_rest);
    equal.fold(same_end, |same, equal| same & equal).into()
}

/// Whether a text has only VSCHAR (RFC 6749 appendix A), as codes and tokens do: another character could end a header
/// early.
pub(crate) fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?} {:#?}", Secret::from("a"), Secret::from("b")), "[redacted] [redacted]");
    }

    #[test]
    fn visible_characters_are_from_the_space_to_the_tilde() {
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
