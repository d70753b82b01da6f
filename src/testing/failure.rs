//! Named ways in which an answer goes wrong.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::http::{Fault, Response};
use super::options::Misuse;
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
                "no endpoint is called {name:?}; known are {}",
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
    /// The server does nothing but answer so.
    Instead(fn() -> Response),
    /// The server does its work, then its answer is damaged.
    After(fn(Response) -> Response),
    /// The server does its work, then the transport fails.
    Lost(Fault),
}

/// One named way.
pub(super) struct Way {
    name: &'static str,
    endpoints: &'static [Endpoint],
    effect: Effect,
}

const ALL: &[Endpoint] = &[Endpoint::Token, Endpoint::Revoke, Endpoint::Api];
const OAUTH: &[Endpoint] = &[Endpoint::Token, Endpoint::Revoke];
const TOKEN: &[Endpoint] = &[Endpoint::Token];
const API: &[Endpoint] = &[Endpoint::Api];

const fn instead(name: &'static str, endpoints: &'static [Endpoint], answer: fn() -> Response) -> Way {
    Way { name, endpoints, effect: Effect::Instead(answer) }
}

const fn after(name: &'static str, endpoints: &'static [Endpoint], damage: fn(Response) -> Response) -> Way {
    Way { name, endpoints, effect: Effect::After(damage) }
}

const fn lost(fault: Fault, name: &'static str) -> Way {
    Way { name, endpoints: ALL, effect: Effect::Lost(fault) }
}

const WAYS: &[Way] = &[
    instead("http_500_html", ALL, || {
        Response::html(500, roadblock("Internal Server Error")).filed_as("http_500_html")
    }),
    instead("http_503", ALL, || {
        Response::html(503, roadblock("Service Unavailable"))
            .header("retry-after", "120")
            .filed_as("http_503")
    }),
    instead("html_200", ALL, || {
        Response::html(200, roadblock("You have made too many requests")).filed_as("html_200")
    }),
    instead("redirect", ALL, || Response::redirect("https://elsewhere.example/").filed_as("redirect")),
    instead("throttle", OAUTH, throttle),
    instead("throttle_localised", OAUTH, throttle_localised),
    instead("invalid_client", OAUTH, || word("invalid_client")),
    instead("invalid_client_secret", OAUTH, || word("invalid_client_secret")),
    instead("invalid_code", TOKEN, || word("invalid_code")),
    instead("general_error", TOKEN, || word("general_error")),
    instead("invalid_token", API, || crm_error(401, "INVALID_TOKEN", "invalid oauth token")),
    instead("authentication_failure", API, || {
        crm_error(401, "AUTHENTICATION_FAILURE", "Authentication failed")
    }),
    instead("oauth_scope_mismatch", API, || {
        crm_error(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
    }),
    instead("no_permission", API, || crm_error(403, "NO_PERMISSION", "permission denied")),
    instead("too_many_requests", API, || {
        crm_error(429, "TOO_MANY_REQUESTS", "You have crossed the limit of simultaneous requests")
    }),
    after("empty", ALL, |answer| body(answer, Vec::new())),
    after("truncated", ALL, |mut answer| {
        answer.body.truncate(answer.body.len().div_euclid(2));
        answer
    }),
    after("not_json", ALL, |answer| body(answer, b"The request was served.".to_vec())),
    after("oversized", ALL, oversized),
    after("expires_in_ms", TOKEN, |answer| {
        edit(answer, |token| {
            token.insert("expires_in".to_owned(), 3_600_000.into());
            token.insert("expires_in_sec".to_owned(), 3600.into());
        })
    }),
    after("expires_in_string", TOKEN, |answer| {
        edit(answer, |token| {
            token.insert("expires_in".to_owned(), "3600".into());
        })
    }),
    after("no_token_type", TOKEN, |answer| without(answer, "token_type")),
    after("no_refresh_token", TOKEN, |answer| without(answer, "refresh_token")),
    after("no_api_domain", TOKEN, |answer| without(answer, "api_domain")),
    after("no_scope", TOKEN, |answer| without(answer, "scope")),
    after("token_with_newline", TOKEN, |answer| {
        edit(answer, |token| {
            let text = token.get("access_token").and_then(Value::as_str).unwrap_or_default();
            let text = format!("{text}\r\nX-Injected: 1");
            token.insert("access_token".to_owned(), text.into());
        })
    }),
    after("error_and_token", TOKEN, |answer| {
        edit(answer, |token| {
            token.insert("error".to_owned(), "invalid_code".into());
        })
    }),
    lost(Fault::Reset, "reset"),
    lost(Fault::Slow, "slow"),
    lost(Fault::Stall, "stall"),
    lost(Fault::Endless, "endless"),
];

/// The names that [`FakeZoho::fail`](super::FakeZoho::fail) knows for an endpoint: `token`, `revoke` or `api`.
///
/// # Errors
///
/// An endpoint that is not known.
pub fn ways(endpoint: &str) -> Result<Vec<&'static str>, Misuse> {
    let endpoint = Endpoint::find(endpoint)?;
    Ok(WAYS.iter().filter(|way| way.endpoints.contains(&endpoint)).map(|way| way.name).collect())
}

impl Way {
    /// The answer that goes out, where `work` makes the right one.
    pub(super) fn apply(&self, work: impl FnOnce() -> Response) -> Response {
        match self.effect {
            Effect::Instead(answer) => answer(),
            Effect::After(damage) => damage(work()),
            Effect::Lost(fault) => {
                let mut answer = work();
                answer.fault = Some(fault);
                answer
            }
        }
    }
}

/// What is still to go wrong.
#[derive(Clone, Default)]
pub(super) struct Failures(VecDeque<(Endpoint, &'static Way, u32)>);

impl Failures {
    pub(super) fn queue(&mut self, endpoint: &str, how: &str, times: u32) -> Result<(), Misuse> {
        let known = ways(endpoint)?;
        let endpoint = Endpoint::find(endpoint)?;
        let mut fitting = WAYS.iter().filter(|way| way.endpoints.contains(&endpoint));
        let way = fitting.find(|way| way.name == how).ok_or_else(|| {
            Misuse::new(format!("no way to fail is called {how:?}; known are {}", names(known)))
        })?;
        if times == 0 {
            self.0.retain(|(queued, _, _)| *queued != endpoint);
        } else {
            self.0.push_back((endpoint, way, times));
        }
        Ok(())
    }

    pub(super) fn next(&mut self, call: &Call<'_>) -> Option<&'static Way> {
        let endpoint = Endpoint::of(call)?;
        let index = self.0.iter().position(|(queued, _, _)| *queued == endpoint)?;
        let (_, way, times) = self.0.get_mut(index)?;
        let way = *way;
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.0.remove(index);
        }
        Some(way)
    }
}

/// Zoho's answer to too many token requests.
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
    Response::json(400, &body).filed_as(error)
}

fn word(error: &str) -> Response {
    Response::json(200, &json!({ "error": error })).filed_as(error)
}

/// An error of the CRM API.
pub(super) fn crm_error(status: u16, code: &str, message: &str) -> Response {
    crm_error_about(status, code, message, &json!({}))
}

/// An error of the CRM API that says where it lies.
pub(super) fn crm_error_about(status: u16, code: &str, message: &str, details: &Value) -> Response {
    let body = json!({ "code": code, "details": details, "message": message, "status": "error" });
    Response::json(status, &body).filed_as(code)
}

fn roadblock(title: &str) -> String {
    format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>")
}

fn body(mut answer: Response, bytes: Vec<u8>) -> Response {
    answer.body = bytes;
    answer
}

/// Over 256 KiB, and still whole JSON where it was.
fn oversized(mut answer: Response) -> Response {
    let filling = "x".repeat(300 * 1024);
    match serde_json::from_slice::<Map<String, Value>>(&answer.body) {
        Ok(mut members) => {
            members.insert("padding".to_owned(), filling.into());
            answer.body = Value::Object(members).to_string().into_bytes();
        }
        Err(_) => answer.body.extend_from_slice(filling.as_bytes()),
    }
    answer
}

/// Changes the members of a token answer; leaves an error as it is.
fn edit(mut answer: Response, change: impl FnOnce(&mut Map<String, Value>)) -> Response {
    if let Ok(mut members) = serde_json::from_slice::<Map<String, Value>>(&answer.body)
        && members.contains_key("access_token")
    {
        change(&mut members);
        answer.body = Value::Object(members).to_string().into_bytes();
    }
    answer
}

fn without(answer: Response, member: &str) -> Response {
    edit(answer, |token| {
        token.remove(member);
    })
}
