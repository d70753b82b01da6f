//! Reading vectors, and comparing what they expect.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use grantkit::Error;
use serde_json::{Map, Value, json};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors"))
}

pub fn read(path: &str) -> Value {
    let text = fs::read_to_string(folder().join(path)).expect(path);
    serde_json::from_str(&text).expect(path)
}

/// Every file of a folder.
pub fn read_all(name: &str) -> Vec<Value> {
    let mut names: Vec<_> =
        fs::read_dir(folder().join(name)).expect(name).map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names.iter().map(|file| read(&format!("{name}/{}", file.to_str().unwrap()))).collect()
}

/// One row; a member that it does not have is that of its file.
#[derive(Clone, Copy)]
pub struct Row<'v> {
    pub row: &'v Value,
    file: &'v Value,
}

pub fn rows(file: &Value) -> impl Iterator<Item = Row<'_>> {
    file["rows"].as_array().expect("rows").iter().map(move |row| Row { row, file })
}

/// Checks every row, so that a failure names all rows that fail and not only the first.
pub fn each<'v>(rows: impl Iterator<Item = Row<'v>>, at_least: usize, check: impl Fn(&Row<'v>)) {
    let (mut count, mut failed) = (0, Vec::new());
    for row in rows {
        count += 1;
        if catch_unwind(AssertUnwindSafe(|| check(&row))).is_err() {
            failed.push(row.name());
        }
    }
    assert!(failed.is_empty(), "{} of {count} rows fail: {failed:#?}", failed.len());
    assert!(count >= at_least, "only {count} rows");
}

impl<'v> Row<'v> {
    pub fn get(&self, name: &str) -> Option<&'v Value> {
        self.row.get(name).or_else(|| self.file.get(name))
    }

    pub fn text(&self, name: &str) -> Option<&'v str> {
        self.get(name).map(|value| value.as_str().expect(name))
    }

    pub fn name(&self) -> &'v str {
        self.text("name").expect("name")
    }

    pub fn status(&self) -> u16 {
        u16::try_from(self.row["status"].as_u64().expect("status")).unwrap()
    }

    /// The body of a response, which may not be text.
    pub fn body(&self) -> Vec<u8> {
        match self.text("body_hex") {
            Some(hex) => bytes(hex),
            None => self.row["body"].as_str().expect("body").as_bytes().to_vec(),
        }
    }

    /// Asserts that `error` is the one that the row expects; its message only where the row has one.
    pub fn is_error(&self, error: &Error, secrets: &[&str]) {
        assert_ne!(error.next(), "", "{}: {error}", self.name());
        let mut seen = view(error);
        let expected = &self.row["error"];
        if expected.get("message").is_none() {
            seen.as_object_mut().unwrap().remove("message");
        }
        assert_eq!(&seen, expected, "{}: {error}", self.name());
        shows_none(&format!("{error} {error:?} {error:#?}"), secrets, self.name());
    }
}

/// An error by the names of `OAuthError`; `retryable` only if it is true.
fn view(error: &Error) -> Value {
    let mut view = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            view.insert(name.to_owned(), value);
        }
    };
    put("code", error.code.as_str().into());
    put("message", error.message.as_str().into());
    put("retryable", if error.retryable { Value::Bool(true) } else { Value::Null });
    put("retryAfter", json!(error.retry_after.map(|wait| wait.as_secs())));
    put("status", json!(error.status));
    put("error", json!(error.error));
    put("error_description", json!(error.error_description));
    put("error_uri", json!(error.error_uri));
    put("tokens", error.tokens.as_ref().map_or(Value::Null, |tokens| parse(tokens.to_json().expose())));
    Value::Object(view)
}

pub fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|reason| panic!("{reason}: {json}"))
}

pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

pub fn shows_none(text: &str, secrets: &[&str], what: &str) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}
