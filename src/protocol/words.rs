//! A server's own words, made fit to be shown.

/// The longest text that is shown, in characters.
const LONGEST: usize = 500;

/// `text` without the secrets that a server may echo, without control characters, and not too long.
#[must_use]
pub fn shown(text: &str, secrets: &[&str]) -> String {
    let mut out = text.to_owned();
    // The longest first: a secret may contain another.
    let mut left: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    while let Some(longest) = (0..left.len()).max_by_key(|index| left.get(*index).map(|secret| secret.len()))
    {
        let secret = left.swap_remove(longest);
        if out.contains(secret) {
            out = out.replace(secret, "[redacted]");
        }
        let encoded = super::form::encode(secret);
        if encoded != secret && out.contains(&encoded) {
            out = out.replace(&encoded, "[redacted]");
        }
    }
    out.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect()
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
