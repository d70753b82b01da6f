//! Failures of a response, by name.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::http::{Fault, Response};
use super::misuse::Misuse;
use super::origins::Service;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Endpoint {
    Token,
    Revoke,
    Api,
}

const ENDPOINTS: [(&str, Endpoint); 3] =
    [("token", Endpoint::Token), ("revoke", Endpoint::Revoke), ("api", Endpoint::Api)];

impl Endpoint {
    fn of(call: &Call<'_>) -> Option<Self> {
        match (call.service, call.path.as_str()) {
            (Service::Api | Service::OtherEnvironment, _) => Some(Self::Api),
            (Service::Accounts, "/oauth/v2/token") => Some(Self::Token),
            (Service::Accounts, "/oauth/v2/token/revoke" | "/oauth/v2/revoke/token") => Some(Self::Revoke),
            (Service::Accounts, _) => None,
        }
    }

    fn find(name: &str) -> Result<Self, Misuse> {
        ENDPOINTS.iter().find(|(known, _)| *known == name).map(|(_, endpoint)| *endpoint).ok_or_else(|| {
            Misuse::new(format!(
                "no endpoint is called {name:?}: use one of {}",
                names(ENDPOINTS.map(|(name, _)| name))
            ))
        })
    }
}

fn names(all: impl IntoIterator<Item = &'static str>) -> String {
    all.into_iter().collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Copy)]
enum Effect {
    /// The server sends this response and does no work.
    Replace(fn() -> Response),
    /// The server does its work, and the response is changed.
    Alter(fn(Response) -> Response),
    /// The server does its work, and the transport fails.
    Transport(Fault),
}

/// A failure, by name.
pub(super) struct Failure {
    name: &'static str,
    endpoints: &'static [Endpoint],
    effect: Effect,
}

const ALL: &[Endpoint] = &[Endpoint::Token, Endpoint::Revoke, Endpoint::Api];
const OAUTH: &[Endpoint] = &[Endpoint::Token, Endpoint::Revoke];
const TOKEN: &[Endpoint] = &[Endpoint::Token];
const API: &[Endpoint] = &[Endpoint::Api];

const fn replace(name: &'static str, endpoints: &'static [Endpoint], response: fn() -> Response) -> Failure {
    Failure { name, endpoints, effect: Effect::Replace(response) }
}

const fn alter(
    name: &'static str,
    endpoints: &'static [Endpoint],
    alter: fn(Response) -> Response,
) -> Failure {
    Failure { name, endpoints, effect: Effect::Alter(alter) }
}

const fn transport(fault: Fault, name: &'static str) -> Failure {
    Failure { name, endpoints: ALL, effect: Effect::Transport(fault) }
}

const FAILURES: &[Failure] = &[
    replace("http_500_html", ALL, || {
        Response::html(500, html_page("Internal Server Error")).logged_as("http_500_html")
    }),
    replace("http_503", ALL, || {
        Response::html(503, html_page("Service Unavailable"))
            .header("retry-after", "120")
            .logged_as("http_503")
    }),
    replace("html_200", ALL, || {
        Response::html(200, html_page("You have made too many requests")).logged_as("html_200")
    }),
    replace("redirect", ALL, || Response::redirect("https://elsewhere.example/").logged_as("redirect")),
    replace("throttle", OAUTH, throttle),
    replace("throttle_localised", OAUTH, throttle_localised),
    replace("invalid_client", OAUTH, || oauth_error("invalid_client")),
    replace("invalid_client_secret", OAUTH, || oauth_error("invalid_client_secret")),
    replace("invalid_code", TOKEN, || oauth_error("invalid_code")),
    replace("general_error", TOKEN, || oauth_error("general_error")),
    replace("invalid_token", API, || crm_error(401, "INVALID_TOKEN", "invalid oauth token")),
    replace("authentication_failure", API, || {
        crm_error(401, "AUTHENTICATION_FAILURE", "Authentication failed")
    }),
    replace("oauth_scope_mismatch", API, || {
        crm_error(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
    }),
    replace("no_permission", API, || crm_error(403, "NO_PERMISSION", "permission denied")),
    replace("too_many_requests", API, || {
        crm_error(429, "TOO_MANY_REQUESTS", "You have crossed the limit of simultaneous requests")
    }),
    alter("empty", ALL, |response| with_body(response, Vec::new())),
    alter("truncated", ALL, |mut response| {
        response.body.truncate(response.body.len().div_euclid(2));
        response
    }),
    alter("not_json", ALL, |response| with_body(response, b"The request was served.".to_vec())),
    alter("oversized", ALL, oversized),
    alter("expires_in_ms", TOKEN, |response| {
        edit(response, |token| {
            token.insert("expires_in".to_owned(), 3_600_000.into());
            token.insert("expires_in_sec".to_owned(), 3600.into());
        })
    }),
    alter("expires_in_string", TOKEN, |response| {
        edit(response, |token| {
            token.insert("expires_in".to_owned(), "3600".into());
        })
    }),
    alter("no_token_type", TOKEN, |response| without_member(response, "token_type")),
    alter("no_refresh_token", TOKEN, |response| without_member(response, "refresh_token")),
    alter("no_api_domain", TOKEN, |response| without_member(response, "api_domain")),
    alter("no_scope", TOKEN, |response| without_member(response, "scope")),
    alter("token_with_newline", TOKEN, |response| {
        edit(response, |token| {
            let text = token.get("access_token").and_then(Value::as_str).unwrap_or_default();
            let text = format!("{text}\r\nX-Injected: 1");
            token.insert("access_token".to_owned(), text.into());
        })
    }),
    alter("error_and_token", TOKEN, |response| {
        edit(response, |token| {
            token.insert("error".to_owned(), "invalid_code".into());
        })
    }),
    transport(Fault::Reset, "reset"),
    transport(Fault::Slow, "slow"),
    transport(Fault::Stall, "stall"),
    transport(Fault::Endless, "endless"),
];

/// The names of failures that [`FakeZoho::fail`](super::FakeZoho::fail) accepts for an endpoint: `token`, `revoke` or
/// `api`.
///
/// # Errors
/// An unknown endpoint.
pub fn ways(endpoint: &str) -> Result<Vec<&'static str>, Misuse> {
    let endpoint = Endpoint::find(endpoint)?;
    Ok(FAILURES
        .iter()
        .filter(|failure| failure.endpoints.contains(&endpoint))
        .map(|failure| failure.name)
        .collect())
}

impl Failure {
    /// The response with this failure; `work` makes the one without.
    pub(super) fn apply(&self, work: impl FnOnce() -> Response) -> Response {
        match self.effect {
            Effect::Replace(response) => response(),
            Effect::Alter(alter) => alter(work()),
            Effect::Transport(fault) => {
                let mut response = work();
                response.fault = Some(fault);
                response
            }
        }
    }
}

/// The queued failures.
#[derive(Clone, Default)]
pub(super) struct Failures(VecDeque<(Endpoint, &'static Failure, u32)>);

impl Failures {
    pub(super) fn queue(&mut self, endpoint: &str, how: &str, times: u32) -> Result<(), Misuse> {
        let known = ways(endpoint)?;
        let endpoint = Endpoint::find(endpoint)?;
        let mut fitting = FAILURES.iter().filter(|failure| failure.endpoints.contains(&endpoint));
        let failure = fitting.find(|failure| failure.name == how).ok_or_else(|| {
            Misuse::new(format!("no way to fail is called {how:?}: use one of {}", names(known)))
        })?;
        if times == 0 {
            self.0.retain(|(queued, _, _)| *queued != endpoint);
        } else {
            self.0.push_back((endpoint, failure, times));
        }
        Ok(())
    }

    pub(super) fn next(&mut self, call: &Call<'_>) -> Option<&'static Failure> {
        let endpoint = Endpoint::of(call)?;
        let index = self.0.iter().position(|(queued, _, _)| *queued == endpoint)?;
        let (_, failure, times) = self.0.get_mut(index)?;
        let failure = *failure;
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.0.remove(index);
        }
        Some(failure)
    }
}

/// The response to too many token requests.
pub(super) fn throttle() -> Response {
    throttled(
        "You have made too many requests continuously. Please try again after some time.",
        "Access Denied",
    )
}

fn throttle_localised() -> Response {
    throttled("您连续提出的请求过多。请过一段时间再试。", "拒绝访问")
}

fn throttled(description: &str, error: &str) -> Response {
    let body = json!({ "error_description": description, "error": error, "status": "failure" });
    Response::json(400, &body).logged_as(error)
}

fn oauth_error(error: &str) -> Response {
    Response::json(200, &json!({ "error": error })).logged_as(error)
}

/// An error of the CRM API.
pub(super) fn crm_error(status: u16, code: &str, message: &str) -> Response {
    crm_error_about(status, code, message, &json!({}))
}

/// An error of the CRM API with details.
pub(super) fn crm_error_about(status: u16, code: &str, message: &str, details: &Value) -> Response {
    let body = json!({ "code": code, "details": details, "message": message, "status": "error" });
    Response::json(status, &body).logged_as(code)
}

fn html_page(title: &str) -> String {
    format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>")
}

fn with_body(mut response: Response, bytes: Vec<u8>) -> Response {
    response.body = bytes;
    response
}

/// A body of more than 256 KiB, which is still JSON if it was.
fn oversized(mut response: Response) -> Response {
    let padding = "x".repeat(300 * 1024);
    match serde_json::from_slice::<Map<String, Value>>(&response.body) {
        Ok(mut members) => {
            members.insert("padding".to_owned(), padding.into());
            response.body = Value::Object(members).to_string().into_bytes();
        }
        Err(_) => response.body.extend_from_slice(padding.as_bytes()),
    }
    response
}

/// Changes the members of a token response, and no error response.
fn edit(mut response: Response, change: impl FnOnce(&mut Map<String, Value>)) -> Response {
    if let Ok(mut members) = serde_json::from_slice::<Map<String, Value>>(&response.body)
        && members.contains_key("access_token")
    {
        change(&mut members);
        response.body = Value::Object(members).to_string().into_bytes();
    }
    response
}

fn without_member(response: Response, member: &str) -> Response {
    edit(response, |token| {
        token.remove(member);
    })
}
