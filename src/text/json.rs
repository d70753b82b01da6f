//! One JSON object: its members, each value as JSON text until it is read as a type.

use std::borrow::Cow;

use hifijson::str::LexAlloc;
use hifijson::token::Lex as _;
use hifijson::{Error, Expect, SliceLexer, ignore};
use memchr::memchr2_iter;

use crate::text::secret::Secret;

/// The deepest nesting that is parsed.
pub(crate) const MAX_DEPTH: usize = 32;

/// The members of one JSON object, in order, each value as its JSON text.
#[derive(Debug)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

/// Why a text is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAnObject {
    /// It ends before it is complete.
    Truncated,
    /// It is another JSON value, several documents, not JSON, or nested too deeply.
    Other,
}

/// Why a member cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidMember {
    /// The object has several members of that name.
    Duplicate,
    /// It has another type.
    Type,
}

impl<'a> Members<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, NotAnObject> {
        if !is_shallow(text) {
            return Err(NotAnObject::Other);
        }
        let mut lexer = SliceLexer::new(text.as_bytes());
        let mut members = Vec::with_capacity(8);
        let parsed = lexer.exactly_one(SliceLexer::ws_peek, |next, lexer| {
            if next != b'{' {
                return Err(Error::Token(Expect::Eof));
            }
            lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
                members.push(member(next, lexer, text)?);
                Ok(())
            })
        });
        match parsed {
            Ok(()) => Ok(Self(members)),
            Err(_) if ends_early(text) => Err(NotAnObject::Truncated),
            Err(_) => Err(NotAnObject::Other),
        }
    }

    /// The names and the JSON texts of all members, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// The JSON text of the member of that name; `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&'a str>, InvalidMember> {
        let mut found = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| *value);
        match (found.next(), found.next()) {
            (value, None) => Ok(value.filter(|value| *value != "null")),
            (_, Some(_)) => Err(InvalidMember::Duplicate),
        }
    }

    /// A string; `null` and the empty string count as absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, InvalidMember> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        Ok(Some(string(value).ok_or(InvalidMember::Type)?).filter(|text| !text.is_empty()))
    }

    /// A number that is not negative, or a string of such a number: its whole part, at most `u64::MAX`.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, InvalidMember> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let text = if value.starts_with('"') { string(value) } else { Some(value.to_owned()) };
        text.and_then(|text| whole(text.trim())).map(Some).ok_or(InvalidMember::Type)
    }

    /// Whether a member is `true`; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, InvalidMember> {
        match self.get(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(InvalidMember::Type),
        }
    }

    /// The members of an object; an absent one has none.
    pub(crate) fn object(&self, name: &str) -> Result<Members<'a>, InvalidMember> {
        self.get(name)?
            .map_or(Ok(Self(Vec::new())), |json| Self::parse(json).map_err(|_| InvalidMember::Type))
    }

    /// The JSON texts of the items of an array; an absent one has none.
    pub(crate) fn items(&self, name: &str) -> Result<Vec<&'a str>, InvalidMember> {
        self.get(name)?.map_or(Ok(Vec::new()), |json| items(json).ok_or(InvalidMember::Type))
    }

    /// The members whose names pass `keep`, with values as JSON text.
    pub(crate) fn rest(&self, keep: impl Fn(&str) -> bool) -> Vec<(String, Secret)> {
        let kept = self.iter().filter(|(name, _)| keep(name));
        kept.map(|(name, value)| (name.to_owned(), Secret::from(value))).collect()
    }
}

/// The JSON texts of the items of an array; `None` for another value.
fn items(json: &str) -> Option<Vec<&str>> {
    let mut lexer = SliceLexer::new(json.as_bytes());
    let mut items = Vec::new();
    let parsed = lexer.exactly_one(SliceLexer::ws_peek, |next, lexer| {
        if next != b'[' {
            return Err(Error::Token(Expect::Eof));
        }
        lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
            let begin = json.len().saturating_sub(lexer.as_slice().len());
            ignore::parse(next, lexer)?;
            let end = json.len().saturating_sub(lexer.as_slice().len());
            items.push(json.get(begin..end).ok_or(Expect::Value)?);
            Ok(())
        })
    });
    parsed.ok().map(|()| items)
}

/// One name, and its value as the text that it has in `text`.
fn member<'a>(next: u8, lexer: &mut SliceLexer<'a>, text: &'a str) -> Result<(Cow<'a, str>, &'a str), Error> {
    lexer.expect(|_| Some(next), b'"').ok_or(Expect::String)?;
    let position = |lexer: &SliceLexer<'_>| text.len().saturating_sub(lexer.as_slice().len());
    let name = match take_plain(lexer, text.get(position(lexer)..)) {
        Some(name) => Cow::Borrowed(name),
        None => lexer.str_string()?,
    };
    lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
    let first = lexer.ws_peek().ok_or(Expect::Value)?;
    let begin = position(lexer);
    let inner = text.get(begin..).and_then(|rest| rest.strip_prefix('"'));
    if take_plain(lexer, inner).is_none() {
        ignore::parse(first, lexer)?;
    }
    let value = text.get(begin..position(lexer)).ok_or(Expect::Value)?;
    Ok((name, value))
}

/// The length of the start of a text that needs no escape in a JSON string (RFC 8259 section 7), in bytes.
///
/// Eight bytes at once: each token is searched three times, and a code exchange takes 2 % longer byte by byte (`npm run
/// bench -- exchange`).
fn plain_length(text: &str) -> usize {
    let (words, _) = text.as_bytes().as_chunks();
    let plain = words.iter().take_while(|word| !has_special(u64::from_le_bytes(**word))).count();
    let plain = plain.saturating_mul(size_of::<u64>());
    let is_special = |byte| byte < b' ' || matches!(byte, b'"' | b'\\');
    let rest = text.bytes().skip(plain).position(is_special);
    rest.map_or(text.len(), |more| plain.saturating_add(more))
}

/// Whether one of eight bytes needs an escape in a JSON string.
const fn has_special(word: u64) -> bool {
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    /// Whether one of eight bytes is less than another byte, which is at most 0x80: then the subtraction borrows.
    const fn has_less(word: u64, byte: u8) -> bool {
        word.wrapping_sub(u64::from_le_bytes([byte; 8])) & !word & HIGH != 0
    }
    has_less(word, b' ')
        || has_less(word ^ u64::from_le_bytes([b'"'; 8]), 1)
        || has_less(word ^ u64::from_le_bytes([b'\\'; 8]), 1)
}

/// A string without escapes, and the text after it. `inner` begins after the opening quote.
fn plain(inner: &str) -> Option<(&str, &str)> {
    let (text, rest) = inner.split_at_checked(plain_length(inner))?;
    Some((text, rest.strip_prefix('"')?))
}

/// Takes a string without escapes, as nearly all are, since the lexer reads byte by byte.
fn take_plain<'a>(lexer: &mut SliceLexer<'a>, inner: Option<&'a str>) -> Option<&'a str> {
    let (text, rest) = plain(inner?)?;
    *lexer = SliceLexer::new(rest.as_bytes());
    Some(text)
}

/// The text of a JSON string; `None` for anything else.
pub(crate) fn string(json: &str) -> Option<String> {
    let inner = json.strip_prefix('"')?;
    if let Some((text, _)) = plain(inner) {
        return Some(text.to_owned());
    }
    SliceLexer::new(inner.as_bytes()).str_string().ok().map(Cow::into_owned)
}

/// The whole part of a JSON number that is not negative.
fn whole(number: &str) -> Option<u64> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let (is_small, size) = match exponent.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    if size.is_empty() || !digits(size) {
        return None;
    }
    let size = size.parse::<usize>().unwrap_or(usize::MAX);
    let length = whole.len();
    let kept = if is_small { length.saturating_sub(size) } else { length.saturating_add(size) };
    // A number beyond the largest integer saturates, with 20 digits or more.
    let shifted = whole.bytes().chain(fraction.bytes()).chain([b'0'; 20]).take(kept);
    Some(shifted.fold(0_u64, |sum, digit| {
        sum.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0')))
    }))
}

/// Whether a text that is not JSON may be the start of JSON: a bracket or a string is open at its end.
fn ends_early(text: &str) -> bool {
    let (depth, in_string, _) = scan(text);
    text.is_empty() || (text.starts_with('{') && (depth > 0 || in_string))
}

/// Whether no value is nested deeper than [`MAX_DEPTH`]. The text need not be JSON.
fn is_shallow(text: &str) -> bool {
    // Few responses have so many brackets, and to count them is faster than to scan.
    let brackets = memchr2_iter(b'{', b'[', text.as_bytes()).count();
    brackets <= MAX_DEPTH || scan(text).2 <= MAX_DEPTH
}

/// The depth at the end of a text, whether a string is open there, and the greatest depth.
fn scan(text: &str) -> (usize, bool, usize) {
    let (mut depth, mut in_string, mut escaped, mut deepest) = (0_usize, false, false, 0);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (depth, in_string, deepest)
}

/// Writes one JSON object, member by member.
pub(crate) struct Writer(Secret);

impl Writer {
    pub(crate) fn new() -> Self {
        let mut json = String::with_capacity(512);
        json.push('{');
        Self(json.into())
    }

    /// Adds a member that is a string.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        quote(&mut self.0, value);
    }

    /// Adds a member whose value is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push(json);
    }

    fn name(&mut self, name: &str) {
        if !self.0.expose().ends_with('{') {
            self.0.push(",");
        }
        quote(&mut self.0, name);
        self.0.push(":");
    }

    /// The object.
    pub(crate) fn finish(mut self) -> Secret {
        self.0.push("}");
        self.0
    }
}

/// Appends a JSON string (RFC 8259 section 7).
pub(crate) fn quote(out: &mut Secret, text: &str) {
    out.push("\"");
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_at_checked(plain_length(rest)) {
        out.push(plain);
        let mut characters = escaped.chars();
        let Some(character) = characters.next() else { break };
        let mut buffer = [0; 4];
        if character < ' ' {
            out.push("\\u00");
            for nibble in [u32::from(character) >> 4, u32::from(character) & 15] {
                out.push(char::from_digit(nibble, 16).unwrap_or('0').encode_utf8(&mut buffer));
            }
        } else {
            out.push("\\");
            out.push(character.encode_utf8(&mut buffer));
        }
        rest = characters.as_str();
    }
    out.push("\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Members<'_> {
        Members::parse(text).map_err(|_| text).unwrap()
    }

    #[test]
    fn only_one_object_is_parsed() {
        for (text, reason) in [
            ("", NotAnObject::Truncated),
            ("{\"a\":1", NotAnObject::Truncated),
            ("{\"a\":\"b", NotAnObject::Truncated),
            ("{", NotAnObject::Truncated),
            ("{\"a\":\"}\"", NotAnObject::Truncated),
            ("{\"a\":1\\}", NotAnObject::Other),
            ("{}{}", NotAnObject::Other),
            ("{} x", NotAnObject::Other),
            ("[]", NotAnObject::Other),
            ("[", NotAnObject::Other),
            ("\"a\"", NotAnObject::Other),
            ("{a:1}", NotAnObject::Other),
            ("{\"a\":01}", NotAnObject::Other),
            ("{\"a\":1,}", NotAnObject::Other),
            ("{\"a\":.5}", NotAnObject::Other),
            ("{\"a\":tru}", NotAnObject::Other),
            ("{\"a\":\"\n\"}", NotAnObject::Other),
            ("{\"a\":\"\\x\"}", NotAnObject::Other),
            ("<html>", NotAnObject::Other),
        ] {
            assert_eq!(Members::parse(text).err(), Some(reason), "{text}");
        }
        assert!(Members::parse(" {} \n").is_ok());
    }

    #[test]
    fn depth_is_counted_outside_strings() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(Members::parse(&nested(31)).is_ok());
        assert!(Members::parse(&nested(32)).is_err());
        let brackets = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(100));
        assert_eq!(members(&brackets).text("a").unwrap().unwrap().len(), 101);
    }

    #[test]
    fn a_member_is_read_as_its_type() {
        let text = r#"{"s":"x\/\u00e9\ud83d\ude00","e":"","n":null,"i":3600,"q":" 7 ","b":true,"d":1,"d":2,"\u0061":"A","u":"\ud800"}"#;
        let found = members(text);
        assert_eq!(found.text("s"), Ok(Some("x/é😀".to_owned())));
        assert_eq!((found.text("e"), found.text("n"), found.text("z")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!(found.text("a"), Ok(Some("A".to_owned())));
        assert_eq!(
            (found.text("i"), found.text("d")),
            (Err(InvalidMember::Type), Err(InvalidMember::Duplicate))
        );
        assert_eq!(found.text("u"), Err(InvalidMember::Type));
        assert_eq!((found.number("i"), found.number("q")), (Ok(Some(3600)), Ok(Some(7))));
        assert_eq!(
            (found.number("b"), found.number("s")),
            (Err(InvalidMember::Type), Err(InvalidMember::Type))
        );
    }

    #[test]
    fn a_number_is_read_without_its_fraction() {
        for (text, expected) in [
            ("0", Some(0)),
            ("3600", Some(3600)),
            ("3600.9", Some(3600)),
            ("3.6e3", Some(3600)),
            ("36e+2", Some(3600)),
            ("36000E-1", Some(3600)),
            ("1e-9", Some(0)),
            ("1e999", Some(u64::MAX)),
            ("1e99999", Some(u64::MAX)),
            ("1E+99999999999999999999999", Some(u64::MAX)),
            ("1e-99999999999999999999999", Some(0)),
            ("0e99999999999999999999999", Some(0)),
            ("36e00000000000000000000002", Some(3600)),
            ("0.00000000000000000000000000000036e34", Some(3600)),
            ("360000000000000000000000000000000e-29", Some(3600)),
            ("1e20", Some(u64::MAX)),
            ("1e19", Some(10_000_000_000_000_000_000)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("1e", None),
            ("1e+", None),
            ("1e-", None),
            ("1e+-1", None),
            ("1e1e1", None),
            ("1e1.0", None),
            ("", None),
            ("1h", None),
            ("١", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }

    #[test]
    fn what_needs_an_escape_is_found_at_every_place() {
        for byte in (0..=0x7f_u8).map(char::from) {
            let is_special = byte < ' ' || byte == '"' || byte == '\\';
            for length in 1..20 {
                for at in 0..length {
                    let text: String =
                        (0..length).map(|place| if place == at { byte } else { 'é' }).collect();
                    let expected = if is_special { text.find(byte) } else { Some(text.len()) };
                    assert_eq!(Some(plain_length(&text)), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn several_special_characters_in_eight_bytes_are_found() {
        for text in ["\u{1}\"\\aaaaa", "aaaaa\\\"\u{1f}", "aa\"a\\a\na"] {
            let first = text.find(|c: char| c < ' ' || matches!(c, '"' | '\\'));
            assert_eq!(Some(plain_length(text)), first, "{text:?}");
        }
    }

    #[test]
    fn a_quoted_text_parses_to_itself() {
        let text = "a\"\\\n\u{0}\u{1f}é😀\u{7f}";
        let mut json = Secret::from("{\"a\":");
        quote(&mut json, text);
        json.push("}");
        assert_eq!(members(json.expose()).text("a"), Ok(Some(text.to_owned())));
    }
}
