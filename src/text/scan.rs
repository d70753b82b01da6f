//! Looks for bytes eight at a time. What is read here is short, so that the search costs more than the step to it.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// A mark at each byte below `limit`, which is at most 128. Marks above the lowest one may be wrong.
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(limit as u64)) & !word & HIGHS
}

/// A mark at each `byte`, as [`below`] makes them.
const fn marks(word: u64, byte: u8) -> u64 {
    below(word ^ ONES.wrapping_mul(byte as u64), 1)
}

/// Where the first byte is that `mark` marks, or the end.
#[inline]
fn first(bytes: &[u8], mark: impl Fn(u64) -> u64) -> usize {
    let mut at = 0_usize;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        let found = mark(u64::from_le_bytes(*word));
        if found != 0 {
            return at.saturating_add(found.trailing_zeros() as usize / 8);
        }
        at = at.saturating_add(8);
        rest = after;
    }
    let near = rest.iter().position(|byte| mark(ONES.wrapping_mul(u64::from(*byte))) != 0);
    near.map_or(bytes.len(), |near| at.saturating_add(near))
}

/// What is before the first `byte` of ASCII, and what is behind it if it is there.
#[inline(never)]
pub(crate) fn cut(text: &str, byte: u8) -> (&str, Option<&str>) {
    let at = first(text.as_bytes(), |word| marks(word, byte));
    match text.split_at_checked(at) {
        Some((before, behind)) => (before, behind.get(1..)),
        None => (text, None),
    }
}

/// How many bytes of a text stand for themselves in a JSON string (RFC 8259 7) before one does not.
#[inline(never)]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    first(bytes, |word| below(word, b' ') | marks(word, b'"') | marks(word, b'\\'))
}

/// Whether a text has no `%` and no `+`, so that decoding a form leaves it as it is.
#[inline(never)]
pub(crate) fn is_decoded(text: &str) -> bool {
    first(text.as_bytes(), |word| marks(word, b'%') | marks(word, b'+')) == text.len()
}

/// How many NULs there are.
#[inline(never)]
pub(crate) fn nuls(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    // Exact at every byte, which the marks of a search are not: a carry stays in its byte.
    let zeros = |word: u64| !((word & !HIGHS).wrapping_add(!HIGHS) | word | !HIGHS);
    let count = words.iter().map(|word| zeros(u64::from_le_bytes(*word)).count_ones() as usize);
    let rest = rest.iter().filter(|byte| **byte == 0).count();
    count.fold(rest, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_at_any_place() {
        for length in 0..40 {
            for at in 0..=length {
                for (near, filler) in [("", "é"), ("\u{1f}", "x"), ("\u{7f}", "\u{7f}"), ("\u{80}", "~")] {
                    let before = filler.repeat(at);
                    let text = format!("{before}&{}&{near}", filler.repeat(length - at));
                    assert_eq!(cut(&text, b'&'), (before.as_str(), text.get(before.len() + 1..)), "{text:?}");
                    assert_eq!(cut(&before, b'&'), (before.as_str(), None));
                }
            }
        }
        assert_eq!((cut("&", b'&'), cut("\0a", 0)), (("", Some("")), ("", Some("a"))));
    }

    #[test]
    fn nuls_are_counted_wherever_they_are() {
        for word in [[0; 8], [0, 1, 0, 0x80, 0, 0x81, 0, 0xff], [1, 0, 1, 0, 0x7f, 0, 0x80, 0]] {
            for length in 0..=8 {
                let bytes = [&word, word.get(..length).unwrap()].concat();
                assert_eq!(nuls(&bytes), bytes.iter().filter(|byte| **byte == 0).count(), "{bytes:?}");
            }
        }
    }

    #[test]
    fn each_byte_is_told_from_all_others() {
        for byte in 0..=u8::MAX {
            for length in [1, 7, 8, 9, 16] {
                for at in 0..length {
                    let mut bytes = vec![b'x'; length];
                    bytes[at] = byte;
                    let stops = byte < b' ' || matches!(byte, b'"' | b'\\');
                    assert_eq!(plain(&bytes), if stops { at } else { length }, "{byte} at {at}");
                    assert_eq!(nuls(&bytes), usize::from(byte == 0), "{byte} at {at}");
                    if let Ok(text) = std::str::from_utf8(&bytes) {
                        assert_eq!(is_decoded(text), !matches!(byte, b'%' | b'+'), "{byte} at {at}");
                    }
                }
            }
        }
    }
}
