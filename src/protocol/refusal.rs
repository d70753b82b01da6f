//! Answers that are no success, and what they mean to the caller.

use super::client::Client;
use super::error::{Code, Error};
use super::grant::{self, Expectation, Grant};
use super::http::Answer;
use super::json::{BadMember, Members, NotAnObject};
use super::time::{self, UnixTime};
use super::{token, words};
use crate::provider::profile::{Meaning, Throttle};

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
    Member(&'a str, BadMember),
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
    why: Why<'_>,
    now: UnixTime,
) -> Error {
    let wait = answer.retry_after.and_then(|header| time::retry_after(header, now));
    let host = grant::host(expectation);
    let mut error = match why {
        Why::Error(word, members) => worded(client, expectation, answer, word, members),
        _ if answer.status == 429 => throttled(client, host),
        _ if answer.status >= 500 => failing(host, answer.status),
        Why::Redirect => unexpected(format!(
            "{host} answered with a redirect, which is not followed because it would take the credentials along: correct the endpoint"
        )),
        Why::Html => {
            let mut error = unexpected(format!(
                "{host} answered HTTP {} with a web page instead of JSON: check the endpoint, or try again later",
                answer.status
            ));
            // Zoho's roadblock page is one, and goes away by itself.
            error.retryable = !client.profile.status_decides;
            error
        }
        Why::Empty if answer.status >= 400 => unexpected(format!(
            "{host} answered HTTP {} with an empty body: check the client's registration and the endpoint",
            answer.status
        )),
        Why::Empty => retryable(malformed(format!("{host} answered with an empty body: try again later"))),
        Why::Truncated => retryable(malformed(format!("the answer of {host} is cut off: try again"))),
        Why::NotJson if answer.status >= 400 => unexpected(format!(
            "{host} answered HTTP {} with something else than a JSON object: check the endpoint",
            answer.status
        )),
        Why::NotJson => malformed(format!(
            "the answer of {host} is not one JSON object of at most 32 levels: check the endpoint"
        )),
        Why::Member(name, reason) => token::bad_member(host, name, reason),
        Why::Contradiction => malformed(format!(
            "the answer of {host} has both an error and a token, and neither is taken: report it to the server's operator"
        )),
        Why::Status => unexpected(format!(
            "{host} sent a token with HTTP {}, which RFC 6749 5.1 does not allow: report it to the server's operator",
            answer.status
        )),
    };
    error.status = Some(answer.status);
    error.retry_after = wait.filter(|_| error.retryable).or(error.retry_after);
    error
}

fn worded(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    answer: Answer<'_>,
    word: Option<String>,
    members: &Members<'_>,
) -> Error {
    let host = grant::host(expectation);
    let text = |name| members.text(name).ok().flatten();
    let (description, uri) = (text("error_description"), text("error_uri"));
    let meaning = meaning(client, answer, word.as_deref(), description.is_some(), text("status").as_deref());
    grant::with_secrets(client, expectation, |secrets| {
        let shown = word.as_deref().map(|word| words::shown(word, secrets));
        let said = shown.as_deref().unwrap_or("no error word");
        let mut error = match meaning {
            Some(Meaning::DeadGrant) => dead(client, expectation.grant, said, host),
            Some(Meaning::Client) => Error::new(
                Code::ClientRejected,
                format!("{said} from {host}: {}", client.profile.client_hint),
            ),
            Some(Meaning::Scope) => Error::new(
                Code::InsufficientScope,
                format!(
                    "{said} from {host}: the scope is refused; ask for a scope that was granted, or send the user again"
                ),
            ),
            Some(Meaning::Throttled) => throttled(client, host),
            Some(Meaning::Transient) => failing(host, answer.status),
            None if word.is_none() && answer.status < 400 => malformed(format!(
                "the answer of {host} has neither access_token nor error: check the endpoint"
            )),
            None => unexpected(format!(
                "{host} answered HTTP {} with {said}, which is not known here: see error_description, and the server's documentation",
                answer.status
            )),
        };
        error.error = shown;
        error.error_description = description.map(|text| words::shown(&text, secrets));
        error.error_uri = uri.map(|text| words::shown(&text, secrets));
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
        Grant::Code => Error::new(
            Code::CodeRejected,
            format!("{said} from {host}: the code is refused; {}", client.profile.code_hint),
        ),
        Grant::Refresh => Error::new(
            Code::ReauthorizationRequired,
            format!(
                "{said} from {host}: the refresh token is revoked, replaced or of another client or data centre; send the user through a new authorization request"
            ),
        ),
    }
}

fn throttled(client: &Client<'_>, host: &str) -> Error {
    let mut error = retryable(Error::new(
        Code::Throttled,
        format!("{host} takes no more requests for now: wait, and reuse an access token until it expires"),
    ));
    if let Throttle::Failure { hold_off } = client.profile.throttle {
        error.retry_after = Some(hold_off);
    }
    error
}

fn failing(host: &str, status: u16) -> Error {
    retryable(unexpected(format!("{host} failed with HTTP {status}: try again later")))
}

fn unexpected(message: String) -> Error {
    Error::new(Code::UnexpectedResponse, message)
}

pub(crate) fn malformed(message: String) -> Error {
    Error::new(Code::MalformedResponse, message)
}

fn retryable(mut error: Error) -> Error {
    error.retryable = true;
    error
}
