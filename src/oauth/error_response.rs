//! Answers that are no success, and what they mean to the caller.

use crate::oauth::client::Client;
use crate::oauth::error::{Code, Error};
use crate::oauth::http::Answer;
use crate::oauth::profile::{Meaning, Throttle};
use crate::oauth::token_request::{self, Expectation, Grant};
use crate::oauth::token_response;
use crate::text::json::{BadMember, Members, NotAnObject};
use crate::text::redact;
use crate::text::time::{self, UnixTime};

/// In what way an answer is no success.
pub(crate) enum Why<'a> {
    /// It sends the request elsewhere.
    Redirect,
    /// It is markup.
    Html,
    /// It has no body.
    Empty,
    /// It is cut off.
    Truncated,
    /// It is something else than one JSON object.
    NotJson,
    /// A member cannot be used.
    Member(&'static str, BadMember),
    /// It has both an error and a token.
    Contradiction,
    /// A token came with a status that says failure.
    Status,
    /// An object without a token: its `error`, and the rest.
    Error(Option<String>, &'a Members<'a>),
}

impl Why<'_> {
    pub(crate) fn of(text: &str, reason: NotAnObject) -> Self {
        match reason {
            _ if text.is_empty() => Self::Empty,
            _ if text.starts_with('<') => Self::Html,
            NotAnObject::Truncated => Self::Truncated,
            NotAnObject::Other => Self::NotJson,
        }
    }
}

/// The error that such an answer means.
pub(crate) fn judge(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    answer: Answer<'_>,
    why: &Why<'_>,
    now: UnixTime,
) -> Error {
    let host = expectation.host();
    let status = answer.status.to_string();
    let mut error = match why {
        Why::Error(word, members) => worded(client, expectation, answer, word.as_deref(), members),
        _ if answer.status == 429 => throttled(client, host),
        _ if answer.status >= 500 => failing(host, &status),
        Why::Redirect => {
            let next = " answered with a redirect, which is not followed because it would take the credentials along: correct the endpoint";
            unexpected(&[host, next])
        }
        Why::Html => {
            let next = " with a web page instead of JSON: check the endpoint, or try again later";
            let mut error = unexpected(&[host, " answered HTTP ", &status, next]);
            // Zoho's roadblock page is one, and goes away by itself; an endpoint that is not there does not come.
            error.retryable = !client.profile.status_decides && !matches!(answer.status, 404 | 405 | 410);
            error
        }
        Why::Empty if answer.status >= 400 => {
            let next = " with an empty body: check the client's registration and the endpoint";
            unexpected(&[host, " answered HTTP ", &status, next])
        }
        Why::Empty => retryable(malformed(&[host, " answered with an empty body: try again later"])),
        Why::Truncated => retryable(malformed(&["the answer of ", host, " is cut off: try again"])),
        Why::NotJson if answer.status >= 400 => {
            let next = " with something else than a JSON object: check the endpoint";
            unexpected(&[host, " answered HTTP ", &status, next])
        }
        Why::NotJson => malformed(&[
            "the answer of ",
            host,
            " is not one JSON object of at most 32 levels: check the endpoint",
        ]),
        Why::Member(name, reason) => token_response::bad_member(host, name, *reason),
        Why::Contradiction => {
            let next =
                " has both an error and a token, and neither is taken: report it to the server's operator";
            malformed(&["the answer of ", host, next])
        }
        Why::Status => {
            let next = ", which RFC 6749 5.1 does not allow: report it to the server's operator";
            unexpected(&[host, " sent a token with HTTP ", &status, next])
        }
    };
    error.status = Some(answer.status);
    let wait = answer.retry_after.and_then(|header| time::retry_after(header, now));
    error.retry_after = wait.filter(|_| error.retryable).or(error.retry_after);
    error
}

fn worded(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    answer: Answer<'_>,
    word: Option<&str>,
    members: &Members<'_>,
) -> Error {
    let host = expectation.host();
    let text = |name| members.text(name).ok().flatten();
    let (description, uri) = (text("error_description"), text("error_uri"));
    let meaning = meaning(client, answer, word, description.is_some(), text("status").as_deref());
    token_request::with_secrets(client, expectation, |secrets| {
        let shown = word.map(|word| redact::shown(word, secrets));
        let said = shown.as_deref().unwrap_or("no error word");
        let status = answer.status.to_string();
        let mut error = match meaning {
            Some(Meaning::DeadGrant) => dead(client, expectation.grant, said, host),
            Some(Meaning::Client) => {
                Error::new(Code::ClientRejected, &[said, " from ", host, ": ", client.profile.client_hint])
            }
            Some(Meaning::Scope) => {
                let next = ": the scope is refused; ask for a scope that was granted, or send the user again";
                Error::new(Code::InsufficientScope, &[said, " from ", host, next])
            }
            Some(Meaning::Throttled) => throttled(client, host),
            Some(Meaning::Transient) => failing(host, &status),
            None if word.is_none() && answer.status < 400 => malformed(&[
                "the answer of ",
                host,
                " has neither access_token nor error: check the endpoint",
            ]),
            None => {
                let next = ", which is not known here: see error_description, and the server's documentation";
                unexpected(&[host, " answered HTTP ", &status, " with ", said, next])
            }
        };
        error.error = shown;
        error.error_description = description.map(|text| redact::shown(&text, secrets));
        error.error_uri = uri.map(|text| redact::shown(&text, secrets));
        error
    })
}

/// What the words mean, with the status where they leave it open.
fn meaning(
    client: &Client<'_>,
    answer: Answer<'_>,
    word: Option<&str>,
    described: bool,
    status_member: Option<&str>,
) -> Option<Meaning> {
    let known = word.and_then(|word| client.profile.meaning(word));
    let looks_throttled = matches!(client.profile.throttle, Throttle::Failure { .. })
        && known.is_none()
        && (status_member == Some("failure") || (answer.status == 400 && described && word.is_some()));
    match known {
        _ if answer.status == 429 || looks_throttled => Some(Meaning::Throttled),
        Some(Meaning::Throttled) => known,
        // A server that fails cannot know that a grant is dead.
        _ if answer.status >= 500 => Some(Meaning::Transient),
        None if answer.status == 401 => Some(Meaning::Client),
        known => known,
    }
}

fn dead(client: &Client<'_>, grant: Grant, said: &str, host: &str) -> Error {
    match grant {
        Grant::Code => {
            let what = ": the code is refused; ";
            Error::new(Code::CodeRejected, &[said, " from ", host, what, client.profile.code_hint])
        }
        Grant::Refresh => {
            let what = ": the refresh token is revoked, replaced or of another client or data centre; send the user through a new authorization request";
            Error::new(Code::ReauthorizationRequired, &[said, " from ", host, what])
        }
    }
}

fn throttled(client: &Client<'_>, host: &str) -> Error {
    let next = " takes no more requests for now: wait, and reuse an access token until it expires";
    let mut error = retryable(Error::new(Code::Throttled, &[host, next]));
    if let Throttle::Failure { hold_off } = client.profile.throttle {
        error.retry_after = Some(hold_off);
    }
    error
}

fn failing(host: &str, status: &str) -> Error {
    retryable(unexpected(&[host, " failed with HTTP ", status, ": try again later"]))
}

fn unexpected(message: &[&str]) -> Error {
    Error::new(Code::UnexpectedResponse, message)
}

pub(crate) fn malformed(message: &[&str]) -> Error {
    Error::new(Code::MalformedResponse, message)
}

fn retryable(mut error: Error) -> Error {
    error.retryable = true;
    error
}
