//! `application/x-www-form-urlencoded`, as RFC 6749 appendix B uses it in queries and bodies.

use std::borrow::Cow;

use memchr::memchr2;

use super::split::cut;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends `text`, percent-encoded: all but the unreserved characters
/// ([RFC 3986 section 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)) become `%XX`, a space `%20`.
///
/// Every server that decodes forms understands `%20`; some that decode Basic credentials do not understand `+`.
pub fn encode_into(out: &mut String, text: &str) {
    // Run by run, since most characters are unreserved.
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !is_unreserved(byte) {
            out.push_str(text.get(run..at).unwrap_or_default());
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0')));
            }
            run = at.saturating_add(1);
        }
    }
    out.push_str(text.get(run..).unwrap_or_default());
}

/// A body with room for these values with every character encoded: one that grows would leave copies of its secrets behind.
pub fn body_for<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let lengths = values.into_iter().map(|value| value.len().saturating_mul(3));
    String::with_capacity(lengths.fold(512, usize::saturating_add))
}

/// Whether a byte needs no encoding (RFC 3986 section 2.3).
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Appends `name=value`, both percent-encoded, after an `&` unless it is the first pair.
pub fn append(out: &mut String, name: &str, value: &str) {
    if !(out.is_empty() || out.ends_with(['?', '&'])) {
        out.push('&');
    }
    encode_into(out, name);
    out.push('=');
    encode_into(out, value);
}

/// The decoded pairs of a form or query, in order, without empty ones (a stray `&`), as browsers parse them.
#[cfg(any(test, feature = "testing"))]
pub fn pairs(form: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    encoded_pairs(form).map(|(name, value)| (name, decode(value)))
}

/// The pairs of a form or query, in order, without empty ones, with values still encoded, since most callers read few of
/// them.
pub(crate) fn encoded_pairs(form: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let mut rest = Some(form);
    let pairs = std::iter::from_fn(move || {
        let (pair, after) = cut(rest?, b'&');
        rest = after;
        Some(pair)
    });
    pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = cut(pair, b'=');
        (decode(name), value.unwrap_or_default())
    })
}

/// Decodes one name or value: `+` becomes a space, a `%` without two hexadecimal digits stays, and bytes that are not
/// UTF-8 become U+FFFD.
#[must_use]
pub fn decode(text: &str) -> Cow<'_, str> {
    let escape = |rest: &[u8]| memchr2(b'%', b'+', rest);
    let Some(first) = escape(text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut next = Some(first);
    while let Some((plain, escaped)) = next.and_then(|at| rest.split_at_checked(at)) {
        bytes.extend_from_slice(plain);
        rest = escaped;
        bytes.extend(decoded_byte(&mut rest));
        next = escape(rest);
    }
    bytes.extend_from_slice(rest);
    Cow::Owned(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// Takes the next byte, decoded.
fn decoded_byte(rest: &mut &[u8]) -> Option<u8> {
    let (&first, tail) = rest.split_first()?;
    *rest = tail;
    Some(match (first, tail) {
        (b'+', _) => b' ',
        (b'%', [high, low, after @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
            (Some(high), Some(low)) => {
                *rest = after;
                (high << 4) | low
            }
            _ => b'%',
        },
        _ => first,
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The percent-encoded form of `text`.
    fn encode(text: &str) -> String {
        let mut out = String::new();
        encode_into(&mut out, text);
        out
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert_eq!(decode(&encoded), text);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
        }

        #[test]
        fn pairs_are_those_of_form_urlencoded(form in "([a-c0-9=&+% ]|\\PC){0,24}") {
            let expected: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
            prop_assert_eq!(pairs(&form).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn encodes_all_but_unreserved_characters() {
        assert_eq!(encode("b@sic s:cr%41t+~-._é"), "b%40sic%20s%3Acr%2541t%2B~-._%C3%A9");
        let mut form = String::from("https://a/b?");
        append(&mut form, "a b", "1&2");
        append(&mut form, "c", "");
        assert_eq!(form, "https://a/b?a%20b=1%262&c=");
    }

    #[test]
    fn decodes_as_browsers_do() {
        for (text, expected) in [
            ("a+b%20c", "a b c"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%C3%A9", "é"),
            ("%ff", "\u{fffd}"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
        let found: Vec<_> = pairs("&a=1&&b&c=2=3&").collect();
        assert_eq!(found, [("a".into(), "1".into()), ("b".into(), "".into()), ("c".into(), "2=3".into())]);
    }
}
