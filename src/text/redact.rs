//! A server's own words, made fit to be shown.

/// The longest text that is shown, in characters.
const LONGEST: usize = 500;

/// `text` without the secrets that a server may echo, without control characters, and not too long.
#[must_use]
pub fn shown(text: &str, secrets: &[&str]) -> String {
    let mut out = text.to_owned();
    let mut read = text.to_owned();
    // An echo may be of the form or of a header, encoded once or twice, in any of the ways in which forms are encoded.
    for _ in 0..3 {
        let hidden = without_any(&read, secrets);
        let decoded = super::form::decode(&hidden).into_owned();
        if hidden != read {
            out = hidden;
        }
        read = decoded;
    }
    out.chars().take(LONGEST).map(|c| if is_invisible(c) { ' ' } else { c }).collect()
}

/// Controls, and what breaks or reverses lines: they could rewrite the log or terminal that shows them.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn without_any(text: &str, secrets: &[&str]) -> String {
    let mut out = text.to_owned();
    // The longest first: a secret may contain another.
    let mut left: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    while let Some(longest) = (0..left.len()).max_by_key(|index| left.get(*index).map(|secret| secret.len()))
    {
        out = without(&out, left.swap_remove(longest));
    }
    out
}

/// `text` with every `secret` in it replaced. Searches byte by byte: this is for failures, and short texts.
fn without(text: &str, secret: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = match rest.strip_prefix(secret) {
            Some(after) => {
                out.push_str("[redacted]");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoed_secrets_and_control_characters_are_not_shown() {
        assert_eq!(
            shown("a s3cr=t, s3cr%3Dt\u{1b}[31m\n拒绝", &["", "s3cr=t"]),
            "a [redacted], [redacted] [31m 拒绝"
        );
        assert_eq!(shown(&"é".repeat(600), &[]).chars().count(), 500);
    }
}
