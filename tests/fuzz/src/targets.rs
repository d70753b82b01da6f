//! The targets.

mod authorization_request;
mod authorization_response;
mod challenge;
mod error_response;
mod fake;
mod form;
mod json;
mod redact;
mod resource;
mod revocation_response;
mod row;
mod scope;
mod time;
mod token_response;
mod tokens;
mod url;

use std::borrow::Cow;

use crate::bindings;

/// A fuzz target.
pub struct Target {
    /// The name, which is that of its corpus.
    pub name: &'static str,
    /// The files of `src/` whose parsers it calls.
    pub parsers: &'static [&'static str],
    /// Parses one input, and panics when the result breaks a rule.
    pub run: fn(&[u8]),
}

macro_rules! targets {
    ($($name:literal $run:path, $parsers:expr;)*) => {
        /// Every target, in order of their names.
        pub const TARGETS: &[Target] = &[$(Target { name: $name, parsers: &$parsers, run: $run }),*];
    };
}

targets! {
    "authorization_request" authorization_request::run, ["oauth/authorization_request.rs", "oauth/pkce.rs"];
    "authorization_response" authorization_response::run, ["oauth/authorization_response.rs", "text/split.rs"];
    "challenge" challenge::run, ["oauth/challenge.rs"];
    "configuration" bindings::targets::configuration::run, ["bindings/config.rs", "oauth/client.rs", "oauth/metadata.rs"];
    "error_response" error_response::run, ["oauth/error_response.rs"];
    "fake" fake::run, ["testing"];
    "form" form::run, ["text/form.rs", "text/split.rs"];
    "frame" bindings::targets::frame::run, ["bindings/frame.rs", "bindings/numbers.rs"];
    "json" json::run, ["text/json.rs"];
    "policy" bindings::targets::policy::run, ["bindings/policy.rs", "manager/policy.rs"];
    "redact" redact::run, ["text/redact.rs"];
    "resource" resource::run, ["oauth/resource.rs"];
    "revocation_response" revocation_response::run, ["oauth/revocation.rs"];
    "row" row::run, ["provider/row.rs"];
    "scope" scope::run, ["oauth/scope.rs"];
    "steps" bindings::targets::steps::run, ["bindings", "flow"];
    "time" time::run, ["text/time.rs"];
    "token_response" token_response::run, ["oauth/http.rs", "oauth/token_request.rs", "oauth/token_response.rs"];
    "tokens" tokens::run, ["oauth/tokens.rs"];
    "url" url::run, ["text/url.rs"];
}

/// A target with a bug, and without a corpus: a run that does not find it shows that the fuzzer searches blindly.
pub const PLANTED: Target = Target { name: "planted", parsers: &[], run: planted };

fn planted(data: &[u8]) {
    let mut left = data.iter();
    let is_next = |expected: u8, left: &mut std::slice::Iter<'_, u8>| left.next() == Some(&expected);
    if is_next(b'b', &mut left)
        && is_next(b'u', &mut left)
        && is_next(b'g', &mut left)
        && is_next(b'!', &mut left)
    {
        panic!("this bug is planted");
    }
}

/// The input as text. Bytes that are not UTF-8 become U+FFFD, so that few inputs are lost.
fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// The first lines of an input, empty where there is none, and what follows them.
pub fn head<const LINES: usize>(data: &[u8]) -> ([Cow<'_, str>; LINES], &[u8]) {
    let mut rest = data;
    let lines = [(); LINES].map(|()| {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        text(line)
    });
    (lines, rest)
}
