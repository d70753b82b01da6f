//! Texts of a server, made safe to show.

/// The longest text that is shown, in characters.
const MAX_LENGTH: usize = 500;

/// The secrets of a request, which a server may echo in its response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sent<'a> {
    /// These.
    Known(&'a [&'a str]),
    #[cfg(target_arch = "wasm32")]
    /// The host has them, and redacts, cleans and shortens what it shows.
    WithHost,
}

impl Sent<'_> {
    /// `text` as it may be shown, also without these secrets of the client.
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

/// `text` without the secrets, however they are encoded.
fn without_echoes(text: &str, secrets: &[&str]) -> String {
    let mut out = text.to_owned();
    let mut read = text.to_owned();
    // A server may echo the form or a header, encoded once or twice, in any of the ways in which forms are encoded.
    for _ in 0..3 {
        let hidden = without_any(&read, secrets);
        let decoded = super::form::decode(&hidden).into_owned();
        if hidden != read {
            out = hidden;
        }
        read = decoded;
    }
    out
}

/// Control characters, and those that break or reverse lines: they could change the log or terminal that shows them.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn without_any(text: &str, secrets: &[&str]) -> String {
    let mut out = text.to_owned();
    let mut left: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    // The longest first, since a secret may contain another.
    while let Some(longest) = (0..left.len()).max_by_key(|at| left.get(*at).map(|secret| secret.len())) {
        out = without(&out, left.swap_remove(longest));
    }
    out
}

/// `text` with each occurrence of `secret` replaced.
///
/// Character by character, since texts are short: `str::replace` and the panic messages that it brings make the core module
/// 9 KB larger (`cargo xtask size`).
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
    fn echoed_secrets_and_control_characters_are_redacted() {
        assert_eq!(
            redact("a s3cr=t, s3cr%3Dt\u{1b}[31m\n拒绝", &["", "s3cr=t"]),
            "a [redacted], [redacted] [31m 拒绝"
        );
        assert_eq!(redact(&"é".repeat(600), &[]).chars().count(), 500);
    }
}
