//! Line 1 is a secret, and the rest is a text that may show it.

use super::{head, text};
use crate::text::form::decode;
use crate::text::redact::{is_invisible, redact};

/// A secret with fewer characters is hidden only as a word.
const SHORT: usize = 6;
/// So is one with fewer characters that are all letters, `-` or `_`.
const SHORT_WORD: usize = 16;

pub fn run(data: &[u8]) {
    let ([secret], shown) = head(data);
    let shown = text(shown);
    let out = redact(&shown, &[&secret]);
    assert!(out.chars().count() <= 500, "{out}");
    assert!(!out.contains(is_invisible), "{out:?}");
    // Tokens, codes and verifiers have visible characters only; a client secret with a space is another matter.
    let is_word = secret.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
    let shortest = if is_word { SHORT_WORD } else { SHORT };
    if secret.chars().count() < shortest || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return;
    }
    // A secret may be a part of the word that replaces it.
    for part in out.split("[redacted]") {
        let part = (0.."[redacted]".len())
            .find_map(|end| part.strip_suffix(&"[redacted]"[..end]).filter(|_| end > 0))
            .unwrap_or(part);
        assert!(!part.contains(&*secret), "{secret}: {out}");
    }
    let whole: String = shown.chars().take(500).map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    if out == whole {
        let (mut once, mut shown) = (decode(&out).into_owned(), decode(&shown).into_owned());
        for _ in 0..2 {
            assert!(!once.contains(&*secret) || !shown.contains(&*secret), "{secret}: {out}");
            (once, shown) = (decode(&once).into_owned(), decode(&shown).into_owned());
        }
    }
}
