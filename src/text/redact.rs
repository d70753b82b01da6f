//! Redaction: texts of a server without secrets and control characters.

/// The longest text that is shown, in characters.
const MAX_LENGTH: usize = 500;

/// A secret with fewer characters is redacted only as a whole word: elsewhere it is part of ordinary text.
const SHORT: usize = 6;
/// So is one with fewer characters that are all letters, `-` or `_`, since it may be a word of the standards, as the
/// `secret` in `invalid_client_secret`.
const SHORT_WORD: usize = 16;

/// The secrets of a request, which a server may echo in its response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sent<'a> {
    /// The secrets themselves.
    Known(&'a [&'a str]),
    /// The host has the request with its secrets, and redacts, cleans and shortens what it shows.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only the bindings have such a host"))]
    WithHost,
}

/// `text` without the secrets that a server may echo and without control characters, at most 500 characters.
#[must_use]
pub(crate) fn redact(text: &str, secrets: &[&str]) -> String {
    let clean = |c| if is_invisible(c) { ' ' } else { c };
    without_echoes(text, secrets).chars().take(MAX_LENGTH).map(clean).collect()
}

/// Stands for a redacted part while the rest is searched, since `[redacted]` may contain a secret.
const REDACTED: char = '\0';

/// `text` without the secrets, in whichever way a form encodes them.
fn without_echoes(text: &str, secrets: &[&str]) -> String {
    let mut read = text.replace(REDACTED, " ");
    let mut shown = read.clone();
    // A server may echo the form or a header, encoded once or twice.
    for _ in 0..3 {
        let hidden = without_any(&read, secrets);
        read = super::form::decode(&hidden).into_owned();
        if hidden.contains(REDACTED) {
            shown = hidden;
        }
    }
    let mut out = String::with_capacity(shown.len());
    for character in shown.chars() {
        match character {
            REDACTED => out.push_str("[redacted]"),
            other => out.push(other),
        }
    }
    out
}

/// The longest first, since a secret may contain another. By selection, since there are few: `slice::sort_by_key` makes the
/// core module 4 KB larger (`cargo xtask size`).
fn without_any(text: &str, secrets: &[&str]) -> String {
    let mut out = text.to_owned();
    let mut left: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    while let Some(longest) = (0..left.len()).max_by_key(|at| left.get(*at).map(|secret| secret.len())) {
        out = without(&out, left.swap_remove(longest));
    }
    out
}

/// `text` with each occurrence of `secret` replaced; a short one only if it is a whole word.
///
/// Compared at each character, since texts are short: `str::find` and the panic messages that it brings make the core module
/// 9 KB larger (`cargo xtask size`).
fn without(text: &str, secret: &str) -> String {
    let length = secret.chars().count();
    let is_word = secret.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
    let is_short = length < SHORT || (is_word && length < SHORT_WORD);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest
            .strip_prefix(secret)
            .filter(|after| !is_short || !(out.ends_with(is_in_word) || after.starts_with(is_in_word)));
        rest = match after {
            Some(after) => {
                out.push(REDACTED);
                after
            }
            None => {
                out.push(first);
                rest.get(first.len_utf8()..).unwrap_or_default()
            }
        };
    }
    out
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
            ("xabcd1fx", "abcd1f", "x[redacted]x"),
            ("invalid_client_secret: no secret", "secret", "invalid_client_secret: no [redacted]"),
            ("client_secret=secret&", "secret", "client_secret=[redacted]&"),
            ("xabcdefghijklmnox", "abcdefghijklmno", "xabcdefghijklmnox"),
            ("xabcdefghijklmnopx", "abcdefghijklmnop", "x[redacted]x"),
            ("x密碼密碼密x 密碼密碼密", "密碼密碼密", "x密碼密碼密x [redacted]"),
            ("é密é", "密", "é[redacted]é"),
        ] {
            assert_eq!(redact(text, &[secret]), expected, "{text}");
        }
    }
}
