//! Text that must not be shown.

use std::borrow::Cow;
use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A token, code, verifier or client secret: redacted in `Debug`, compared in constant time, wiped when an owned one
/// is dropped.
///
/// ```
/// use grantkit::protocol::secret::Secret;
/// let secret = Secret::from("1000.abc");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert!(secret.matches("1000.abc"));
/// ```
#[derive(Clone)]
pub struct Secret<'a>(Cow<'a, str>);

impl<'a> Secret<'a> {
    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in time that depends on the lengths alone.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// Borrows it for as long as `self` lives.
    #[must_use]
    pub fn borrow(&self) -> Secret<'_> {
        Secret(Cow::Borrowed(&self.0))
    }

    /// A copy that borrows nothing.
    #[must_use]
    pub fn to_static(&self) -> Secret<'static> {
        Secret(Cow::Owned(self.0.as_ref().to_owned()))
    }
}

impl<'a> From<&'a str> for Secret<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Secret<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl Drop for Secret<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            text.zeroize();
        }
    }
}

impl fmt::Debug for Secret<'_> {
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
            format!("{:?} {:#?}", Secret::from("a"), Secret::from("b".to_owned())),
            "[redacted] [redacted]"
        );
    }

    #[test]
    fn matches_only_the_same_text() {
        let secret = Secret::from("abc");
        assert!(secret.matches("abc"));
        for other in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(!secret.matches(other), "{other}");
        }
    }
}
