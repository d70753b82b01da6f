//! The JSON object of an answer: its members, each kept as it was sent until somebody asks what it is.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::http::MAX_DEPTH;

/// The members of one JSON object, in order.
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Members")
    }
}

/// Why a text is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAnObject {
    /// It ends before it is complete.
    Truncated,
    /// It is something else, or more than one document, or too deep.
    Other,
}

/// Why a member cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadMember {
    /// It stands there twice.
    Duplicate,
    /// It is of another type.
    Type,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl<'a> Members<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, NotAnObject> {
        if !is_shallow(text) {
            return Err(NotAnObject::Other);
        }
        serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Eof => NotAnObject::Truncated,
            _ => NotAnObject::Other,
        })
    }

    /// The one member of that name.
    fn get(&self, name: &str) -> Result<Option<&'a RawValue>, BadMember> {
        let mut found = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| *value);
        match (found.next(), found.next()) {
            (value, None) => Ok(value.filter(|value| value.get() != "null")),
            (_, Some(_)) => Err(BadMember::Duplicate),
        }
    }

    /// A string that is not empty; `null` and the empty string are as good as absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, BadMember> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let text: String = serde_json::from_str(value.get()).map_err(|_| BadMember::Type)?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A number, or a string that is one.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>, BadMember> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let raw = value.get();
        let text: String;
        let digits = if raw.starts_with('"') {
            text = serde_json::from_str(raw).map_err(|_| BadMember::Type)?;
            text.trim()
        } else {
            raw
        };
        serde_json::from_str(digits).map(Some).or_else(|error| {
            // A number beyond every float is a number all the same.
            let huge = error.to_string().contains("out of range");
            if huge { Ok(Some(f64::MAX)) } else { Err(BadMember::Type) }
        })
    }

    /// The members that `keep` wants, as sent.
    pub(crate) fn rest(self, keep: impl Fn(&str) -> bool) -> Vec<(String, Box<RawValue>)> {
        self.0
            .into_iter()
            .filter(|(name, _)| keep(name))
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }
}

/// Whether no value is nested deeper than is read. The text need not be JSON.
fn is_shallow(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    return false;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Members<'_> {
        Members::parse(text).map_err(|_| text).unwrap()
    }

    #[test]
    fn one_object_and_nothing_else() {
        for (text, reason) in [
            ("", NotAnObject::Truncated),
            ("{\"a\":1", NotAnObject::Truncated),
            ("{\"a\":\"b", NotAnObject::Truncated),
            ("{}{}", NotAnObject::Other),
            ("[]", NotAnObject::Other),
            ("\"a\"", NotAnObject::Other),
            ("{a:1}", NotAnObject::Other),
            ("{\"a\":01}", NotAnObject::Other),
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
    fn members_are_what_they_are() {
        let text = r#"{"s":"x","e":"","n":null,"i":3600,"f":1.5,"q":" 7 ","h":1e999,"b":true,"d":1,"d":2,"\u0061":"A"}"#;
        let found = members(text);
        assert_eq!(found.text("s"), Ok(Some("x".to_owned())));
        assert_eq!((found.text("e"), found.text("n"), found.text("z")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!(found.text("a"), Ok(Some("A".to_owned())));
        assert_eq!((found.text("i"), found.text("d")), (Err(BadMember::Type), Err(BadMember::Duplicate)));
        assert_eq!((found.number("i"), found.number("f")), (Ok(Some(3600.0)), Ok(Some(1.5))));
        assert_eq!((found.number("q"), found.number("h")), (Ok(Some(7.0)), Ok(Some(f64::MAX))));
        assert_eq!((found.number("b"), found.number("s")), (Err(BadMember::Type), Err(BadMember::Type)));
    }
}
