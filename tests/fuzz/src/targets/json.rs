//! The input is JSON, or not. serde_json says which, and what it has.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text;
use crate::text::json::{MAX_DEPTH, Members, Writer, quote, string};
use crate::text::secret::Secret;

/// The members of an object in order, with values as their JSON text.
#[derive(Debug)]
struct Expected<'a>(Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Expected<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Expected<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((name, value.get()));
                }
                Ok(Expected(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

pub fn run(data: &[u8]) {
    let text = text(data);
    let expected = serde_json::from_str::<Expected<'_>>(&text);
    match (Members::parse(&text), expected) {
        (Ok(members), Ok(Expected(expected))) => {
            assert!(
                members.iter().eq(expected.iter().map(|(name, value)| (name.as_str(), *value))),
                "{text}"
            );
            assert!(depth(&text) <= MAX_DEPTH, "{text}");
            for (name, value) in &expected {
                let is_duplicate = expected.iter().filter(|(other, _)| other == name).count() > 1;
                assert_eq!(members.get(name).is_err(), is_duplicate, "{name}: {text}");
                if !is_duplicate {
                    a_member(&members, name, value);
                }
            }
            prints(&expected);
        }
        (Ok(_), Err(error)) => panic!("serde_json refuses it, since {error}: {text}"),
        (Err(_), Ok(_)) => assert!(depth(&text) > MAX_DEPTH, "serde_json accepts it: {text}"),
        (Err(_), Err(_)) => {}
    }

    let mut quoted = Secret::new();
    quote(&mut quoted, &text);
    let quoted = quoted.expose();
    assert_eq!(serde_json::from_str::<String>(quoted).ok().as_deref(), Some(&*text));
    assert_eq!(string(quoted).as_deref(), Some(&*text));
}

/// The depth of a text that is JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut characters) = (0_usize, 0, json.chars());
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                while let Some(inner) = characters.next().filter(|inner| *inner != '"') {
                    if inner == '\\' {
                        characters.next();
                    }
                }
            }
            '{' | '[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            '}' | ']' => depth -= 1,
            _ => {}
        }
    }
    deepest
}

fn a_member(members: &Members<'_>, name: &str, value: &str) {
    let as_text = serde_json::from_str::<String>(value).ok();
    match (members.text(name), &as_text) {
        (Ok(Some(seen)), Some(expected)) => assert_eq!(&seen, expected),
        (Ok(None), Some(expected)) => assert_eq!(expected, ""),
        (Ok(None), None) => assert_eq!(value, "null"),
        (Err(_), None) => assert_ne!(value, "null"),
        (seen, expected) => panic!("{seen:?} and not {expected:?}: {value}"),
    }
    assert_eq!(
        members.flag(name).ok(),
        serde_json::from_str::<Option<bool>>(value).ok().map(Option::unwrap_or_default)
    );

    let digits = as_text.as_deref().unwrap_or(value).trim();
    let exact = serde_json::from_str::<u64>(digits).ok();
    match members.number(name) {
        Ok(Some(seen)) if exact.is_some() => assert_eq!(Some(seen), exact, "{value}"),
        Ok(Some(seen)) => {
            let expected: f64 = digits.parse().expect("a number");
            let distance = (seen as f64 - expected.min(u64::MAX as f64).trunc()).abs();
            assert!(expected >= 0.0 && distance <= 1.0 + expected.min(2e19) * 1e-12, "{seen}: {value}");
        }
        Ok(None) => assert_eq!(value, "null"),
        Err(_) => assert_eq!(exact, None, "{value}"),
    }

    let expected =
        if value == "null" { Some(Vec::new()) } else { serde_json::from_str::<Vec<&RawValue>>(value).ok() };
    let expected = expected.map(|items| items.into_iter().map(RawValue::get).collect::<Vec<_>>());
    assert_eq!(members.items(name).ok(), expected, "{value}");
}

/// What is written is parsed to the same.
fn prints(members: &[(String, &str)]) {
    let mut json = Writer::new();
    for (name, value) in members {
        json.raw(name, value);
    }
    let json = json.finish();
    let json = json.expose();
    let again = Members::parse(json).expect("an object");
    assert!(again.iter().eq(members.iter().map(|(name, value)| (name.as_str(), *value))), "{json}");
}
