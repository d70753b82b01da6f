//! Redaction: texts of a server without secrets and control characters.

/// The longest text that is shown, in characters.
const MAX_LENGTH: usize = 500;

/// A secret with fewer characters is redacted only as a whole word: elsewhere it is part of ordinary text.
const SHORT: usize = 6;

/// The secrets of a request, which a server may echo in its response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sent<'a> {
    /// The secrets themselves.
    Known(&'a [&'a str]),
    #[cfg(target_arch = "wasm32")]
    /// The host has them, and redacts, cleans and shortens what it shows.
    WithHost,
}

impl Sent<'_> {
    /// `text` without the secrets of the request and without these secrets of the client.
    pub(crate) fn redact(self, text: &str, client: &[&str]) -> String {
        match self {
            Self::Known(sent) => redact(text, &[sent, client].concat()),
            #[cfg(target_arch = "wasm32")]
            Self::WithHost => without_echoes(text, client),
        }
    }
}

/// `text` without the secrets that a server may echo and without control characters, at most 500 characters.
#[must_use]
pub(crate) fn redact(text: &str, secrets: &[&str]) -> String {
    let clean = |c| if is_invisible(c) { ' ' } else { c };
    without_echoes(text, secrets).chars().take(MAX_LENGTH).map(clean).collect()
}

/// `text` without the secrets, in whichever way a form encodes them.
fn without_echoes(text: &str, secrets: &[&str]) -> String {
    let secrets = longest_first(secrets);
    let mut shown = vec![Part::Text(text.to_owned())];
    let mut read = shown.clone();
    // A server may echo the form or a header, encoded once or twice.
    for _ in 0..3 {
        let found = read.len();
        for secret in &secrets {
            read = read.into_iter().flat_map(|part| part.without(secret)).collect();
        }
        if read.len() > found {
            shown.clone_from(&read);
        }
        read = read.into_iter().map(Part::decoded).collect();
    }
    shown.iter().map(Part::as_str).collect()
}

/// The secrets that are not empty, by length, since a secret may contain another.
///
/// By selection, since there are few: `slice::sort_by_key` makes the core module 4 KB larger (`cargo xtask size`).
fn longest_first<'s>(secrets: &[&'s str]) -> Vec<&'s str> {
    let mut left: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    let mut sorted = Vec::with_capacity(left.len());
    while let Some(longest) = (0..left.len()).max_by_key(|at| left.get(*at).map(|secret| secret.len())) {
        sorted.push(left.swap_remove(longest));
    }
    sorted
}

/// A part of a text that is being redacted. A redacted part is not searched again, since `[redacted]` may contain a
/// secret.
#[derive(Clone)]
enum Part {
    Text(String),
    Redacted,
}

impl Part {
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Redacted => "[redacted]",
        }
    }

    fn decoded(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(super::form::decode(&text).into_owned()),
            Self::Redacted => self,
        }
    }

    /// The parts that remain when `secret` is redacted.
    ///
    /// Compared at each character, since texts are short: `str::find` and the panic messages that it brings make the
    /// core module 9 KB larger (`cargo xtask size`).
    fn without(self, secret: &str) -> Vec<Self> {
        let Self::Text(text) = &self else { return vec![self] };
        let is_short = secret.chars().count() < SHORT;
        let mut parts = Vec::new();
        let mut before = String::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let is_word = |after: &str| {
                !(before.chars().next_back().is_some_and(is_in_word)
                    || after.chars().next().is_some_and(is_in_word))
            };
            rest = match rest.strip_prefix(secret).filter(|after| !is_short || is_word(after)) {
                Some(after) => {
                    parts.extend([Self::Text(std::mem::take(&mut before)), Self::Redacted]);
                    after
                }
                None => {
                    before.push(first);
                    rest.get(first.len_utf8()..).unwrap_or_default()
                }
            };
        }
        parts.push(Self::Text(before));
        parts
    }
}

const fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a character could change the log or terminal that shows it: a control character, or one that breaks or
/// reverses lines.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoed_secrets_and_control_characters_are_redacted() {
        assert_eq!(
            redact("a s3cr=t, s3cr%3Dt\u{1b}[31m\n拒绝", &["", "s3cr=t"]),
            "a [redacted], [redacted] [31m 拒绝"
        );
        assert_eq!(redact(&"é".repeat(600), &[]).chars().count(), 500);
    }

    #[test]
    fn redacted_parts_are_not_searched_again() {
        assert_eq!(redact("a s3cret=redacted", &["s3cret", "redacted"]), "a [redacted]=[redacted]");
        assert_eq!(redact("one (e) s3cret", &["s3cret", "e", "redacted"]), "one ([redacted]) [redacted]");
        assert_eq!(redact("s3cret%2520a", &["s3cret", "a"]), "[redacted] [redacted]");
        assert_eq!(redact("s3cret", &["s3cr", "s3cret"]), "[redacted]");
    }

    #[test]
    fn short_secrets_are_redacted_only_as_whole_words() {
        for (text, secret, expected) in [
            ("a bad value, a", "a", "[redacted] bad value, [redacted]"),
            ("code=ab&x", "ab", "code=[redacted]&x"),
            ("code%3Dab%26x", "ab", "code=[redacted]&x"),
            ("ab-c ab_ -ab 1ab abab", "ab", "ab-c ab_ -ab 1ab abab"),
            ("(ab)ab", "ab", "([redacted])[redacted]"),
            ("xabcdex abcde", "abcde", "xabcdex [redacted]"),
            ("xabcdefx", "abcdef", "x[redacted]x"),
            ("x密碼密碼密x 密碼密碼密", "密碼密碼密", "x密碼密碼密x [redacted]"),
            ("é密é", "密", "é[redacted]é"),
        ] {
            assert_eq!(redact(text, &[secret]), expected, "{text}");
        }
    }
}
