//! Error responses (RFC 6749 section 5.2) and unusable ones, and the error of each.

use super::client::Client;
use super::client_authentication::{BasicEncoding, ClientAuthentication};
use super::error::{Error, ErrorCode};
use super::grant_type::Expected;
use super::http::Response;
use super::profile::{Meaning, Profile, Throttle};
use crate::text::form;
use crate::text::json::{InvalidMember, Members, NotAnObject};
use crate::text::redact::{self, Sent};
use crate::text::time::{self, UnixTime};
use crate::text::url;

/// The `error` values that all profiles share: those of RFC 6749 section 4.1.2.1 and RFC 6749 section 5.2, and common
/// ones.
const COMMON_ERRORS: &[(&str, Meaning)] = &[
    ("invalid_grant", Meaning::InvalidGrant),
    ("invalid_client", Meaning::InvalidClient),
    ("unauthorized_client", Meaning::InvalidClient),
    ("unsupported_grant_type", Meaning::InvalidClient),
    ("invalid_request", Meaning::InvalidClient),
    ("invalid_scope", Meaning::InvalidScope),
    ("slow_down", Meaning::Throttled),
    ("temporarily_unavailable", Meaning::Transient),
    ("server_error", Meaning::Transient),
    ("internal_server_error", Meaning::Transient),
];

/// The meaning of an `error` value, first by the profile, then by the values that all profiles share.
pub(crate) fn meaning(profile: &Profile, error: &str) -> Option<Meaning> {
    let own = profile.errors.iter().map(|(known, meaning)| (known.as_str(), *meaning));
    own.chain(COMMON_ERRORS.iter().copied()).find(|(known, _)| *known == error).map(|(_, meaning)| meaning)
}

/// Whether a response has a member that reports a failure at this server.
pub(crate) fn reports_failure(profile: &Profile, members: &Members<'_>) -> bool {
    let is_sent = |name: &str, value: &str| members.text(name).ok().flatten().as_deref() == Some(value);
    profile.failure_members.iter().any(|(name, value)| is_sent(name, value))
}

/// Why a response is not a success.
pub(crate) enum Reason<'a> {
    /// It is a redirect.
    Redirect,
    /// It is a web page.
    Html,
    /// It has no body.
    Empty,
    /// It ends too early.
    Truncated,
    /// It is not one JSON object.
    NotJson,
    /// A member cannot be used.
    Member(&'a str, InvalidMember),
    /// It has both an error and a token.
    Contradiction,
    /// It has a token, and a status that is not 2xx.
    Status,
    /// It is an object without a token, with its `error` and all members.
    Error(Option<String>, &'a Members<'a>),
}

impl Reason<'_> {
    pub(crate) fn not_an_object(text: &str, reason: NotAnObject) -> Self {
        match reason {
            _ if text.is_empty() => Self::Empty,
            _ if text.starts_with('<') => Self::Html,
            NotAnObject::Truncated => Self::Truncated,
            NotAnObject::Other => Self::NotJson,
        }
    }
}

/// The error of a response that is not a success.
pub(crate) fn parse(
    client: &Client,
    expected: &Expected<'_>,
    sent: Sent<'_>,
    response: &Response<'_>,
    reason: &Reason<'_>,
    now: UnixTime,
) -> Error {
    let host = url::host(expected.endpoint);
    let status = response.status;
    let shown_status = number(status);
    let mut error = match reason {
        Reason::Error(error, members) => {
            error_response(client, expected, sent, response, error.as_deref(), members)
        }
        _ if status == 429 => throttled(client, host),
        _ if status >= 500 => failing(host, status),
        Reason::Empty if status == 400 && client.profile.empty_400_is_invalid_grant => {
            rejected_credential(client, expected, "HTTP 400 with an empty body", host)
        }
        Reason::Redirect => unexpected(format!(
            "{host} responded with a redirect, which is not followed because it would take the credentials along: correct the endpoint"
        )),
        Reason::Html => {
            let mut error = unexpected(format!(
                "{host} responded with HTTP {shown_status} and a web page instead of JSON: check the endpoint, or try again later"
            ));
            // An endpoint that does not exist will not exist later.
            error.retryable = client.profile.html_is_transient && !matches!(status, 404 | 405 | 410);
            error
        }
        Reason::Empty if status >= 400 => unexpected(format!(
            "{host} responded with HTTP {shown_status} and an empty body: check the client's registration and the endpoint"
        )),
        Reason::Empty => {
            retryable(malformed(format!("{host} responded with an empty body: try again later")))
        }
        Reason::Truncated => retryable(malformed(format!("the response of {host} is cut off: try again"))),
        Reason::NotJson if status >= 400 => unexpected(format!(
            "{host} responded with HTTP {shown_status} and no JSON object: check the endpoint"
        )),
        Reason::NotJson => malformed(format!(
            "the response of {host} is not one JSON object of at most 32 levels: check the endpoint"
        )),
        Reason::Member(name, reason) => invalid_member(host, name, *reason),
        Reason::Contradiction => malformed(format!(
            "the response of {host} has both an error and a token, so that neither counts: report it to the server's operator"
        )),
        Reason::Status => unexpected(format!(
            "{host} sent a token with HTTP {shown_status}, which RFC 6749 5.1 does not allow: report it to the server's operator"
        )),
    };
    error.status = Some(status);
    let wait = response.retry_after.and_then(|header| time::retry_after(header, now));
    error.retry_after = wait.filter(|_| error.retryable).or(error.retry_after);
    error
}

/// The error of an object without a token.
fn error_response(
    client: &Client,
    expected: &Expected<'_>,
    sent: Sent<'_>,
    response: &Response<'_>,
    code: Option<&str>,
    members: &Members<'_>,
) -> Error {
    let (host, status) = (url::host(expected.endpoint), response.status);
    let shown_status = number(status);
    let text = |name| members.text(name).ok().flatten();
    let (description, uri) = (text("error_description"), text("error_uri"));
    let failed = reports_failure(&client.profile, members);
    let meaning = meaning_of(client, response, code, description.is_some(), failed);

    let redacted = |text: &str| match sent {
        Sent::Known(sent) => {
            let secret = client.secret_for(client.region(expected.location)).ok().flatten();
            let secret = secret.unwrap_or_default();
            // A form of revocation may use HTTP Basic when the client does not.
            let basic = client.basic_credentials(secret);
            redact::redact(text, &[sent, &[secret, basic.expose()]].concat())
        }
        Sent::WithHost => text.to_owned(),
    };
    // A word that is known is no echo, even if it contains the secret of a test.
    let is_known = code.is_some_and(|code| self::meaning(&client.profile, code).is_some());
    let shown = code.map(|code| if is_known { code.to_owned() } else { redacted(code) });
    let error_code = shown.as_deref().unwrap_or("no error code");
    let mut error = match meaning {
        Some(Meaning::InvalidGrant) => rejected_credential(client, expected, error_code, host),
        Some(Meaning::InvalidClient) => Error::new(
            ErrorCode::ClientRejected,
            format!(
                "{error_code} from {host}{}",
                client_advice(client, expected, code, description.is_some())
            ),
        ),
        Some(Meaning::InvalidScope) => Error::new(
            ErrorCode::InsufficientScope,
            format!(
                "{error_code} from {host}: ask for a scope that was granted, or send the user through a new authorization request"
            ),
        ),
        Some(Meaning::Throttled) => throttled(client, host),
        Some(Meaning::Transient) => failing(host, status),
        None if code.is_none() && status < 400 => malformed(format!(
            "the response of {host} has neither access_token nor error: check the endpoint"
        )),
        None => unexpected(format!(
            "{host} responded with HTTP {shown_status} and {error_code}, which grantkit does not know: {}",
            documentation(description.is_some())
        )),
    };
    error.error = shown;
    error.error_description = description.map(|text| redacted(&text));
    error.error_uri = uri.map(|text| redacted(&text));
    error
}

/// Where a reader learns what an error is about.
const fn documentation(described: bool) -> &'static str {
    if described {
        "see error_description, and the server's documentation"
    } else {
        "see the server's documentation"
    }
}

/// The rest of the message of a rejected client: why, where that is known, and the next step.
fn client_advice(client: &Client, expected: &Expected<'_>, code: Option<&str>, described: bool) -> String {
    let is_raw = client.profile.basic_encoding == BasicEncoding::Raw;
    let secret = client.secret_for(client.region(expected.location)).ok().flatten();
    let is_encoded = |text: &str| !text.bytes().all(form::is_unreserved);
    let differs = |secret| is_encoded(secret) || is_encoded(&client.client_id);
    match (code, expected.grant_type.rejected()) {
        (Some("invalid_request"), ErrorCode::CodeRejected) => {
            ", which some servers send for a code that is used, expired or of another attempt: start a new authorization request; if that fails too, compare redirect_uri with the registration".to_owned()
        }
        (Some("invalid_request"), _) => {
            format!(", so the server rejects the form of the request and not the client: {}", documentation(described))
        }
        _ if client.authentication == ClientAuthentication::ClientSecretBasic
            && !is_raw
            && secret.is_some_and(differs) =>
        {
            ", and the client's id or secret has characters that RFC 6749 section 2.3.1 encodes in HTTP Basic, which node-oauth, oxide-auth, Doorkeeper 5.5 and Glewlwyd do not decode: compare the secret with the registration, and set server.profile to \"rfc-raw-basic\" for such a server".to_owned()
        }
        _ => [": ", &client.profile.client_hint].concat(),
    }
}

/// The meaning of the `error` value, else of the status.
fn meaning_of(
    client: &Client,
    response: &Response<'_>,
    code: Option<&str>,
    described: bool,
    failed: bool,
) -> Option<Meaning> {
    let known = code.and_then(|code| meaning(&client.profile, code));
    let looks_throttled = matches!(client.profile.throttle, Throttle::Failure { .. })
        && known.is_none()
        && (failed || (response.status == 400 && described && code.is_some()));
    match known {
        _ if response.status == 429 || looks_throttled => Some(Meaning::Throttled),
        Some(Meaning::Throttled) => known,
        // A server that fails cannot know that a grant is invalid.
        _ if response.status >= 500 => Some(Meaning::Transient),
        None if response.status == 401 => Some(Meaning::InvalidClient),
        known => known,
    }
}

fn rejected_credential(client: &Client, expected: &Expected<'_>, error_code: &str, host: &str) -> Error {
    let rejected = expected.grant_type.rejected();
    let message = match (rejected, expected.grant_type.credential()) {
        (ErrorCode::CodeRejected, _) => {
            format!("{error_code} from {host}, so the code is rejected: {}", client.profile.code_hint)
        }
        (_, None) => format!("{error_code} from {host}: {}", client.profile.client_hint),
        (_, Some(credential)) => format!(
            "{error_code} from {host}, so the {} is revoked, replaced, or of another client or region: send the user through a new authorization request",
            credential.replace('_', " ")
        ),
    };
    Error::new(rejected, message)
}

fn throttled(client: &Client, host: &str) -> Error {
    let mut error = retryable(Error::new(
        ErrorCode::Throttled,
        format!("{host} accepts no more requests for now: wait, and reuse an access token until it expires"),
    ));
    error.retry_after = Some(client.profile.hold_off());
    error
}

/// A status in digits. Formatted as `u16` it makes the core module 338 bytes larger (`cargo xtask size`).
fn number(status: u16) -> String {
    i64::from(status).to_string()
}

fn failing(host: &str, status: u16) -> Error {
    let shown_status = number(status);
    retryable(unexpected(format!("{host} failed with HTTP {shown_status}: try again later")))
}

fn unexpected(message: String) -> Error {
    Error::new(ErrorCode::UnexpectedResponse, message)
}

pub(crate) fn malformed(message: String) -> Error {
    Error::new(ErrorCode::MalformedResponse, message)
}

fn retryable(mut error: Error) -> Error {
    error.retryable = true;
    error
}

/// The error of a response with a member that cannot be used.
fn invalid_member(host: &str, name: &str, reason: InvalidMember) -> Error {
    let what = match reason {
        InvalidMember::Duplicate => "is a duplicate member",
        InvalidMember::Type => "is missing, or not what RFC 6749 5.1 says",
    };
    malformed(format!(
        "the response of {host} cannot be used, since its {name} {what}: report it to the server's operator"
    ))
}
