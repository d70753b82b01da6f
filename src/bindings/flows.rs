//! The steps of flows. Fields are positional.
//!
//! Out, for each flow: state, phase, effect, tokens as JSON, the nine fields of an error, then the fields of the
//! effect:
//! - `fetch`: URL, `authorization` header, body, and the fields to pass with the response: scope, API domain, and for a
//!   refresh the location
//! - `save`: slot (`loaded` or `issued`), expected version, version, requests, and four times (refreshing_since,
//!   hold_until, rejected_at, issued_at)
//! - `sleep`: milliseconds
//! - `fail`: failure, seconds to wait

use std::time::Duration;

use super::error;
use super::frame::{Reader, Writer, times};
use crate::flow::effect::{Effect, Failure, Save, Slot};
use crate::flow::{exchange, refresh, revocation};
use crate::manager::plan::Wish;
use crate::manager::record::Record;
use crate::oauth::authorization_response::Attempt;
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::grant_type::{Expected, GrantType};
use crate::oauth::http::{Request, Response};
use crate::oauth::revocation::TokenType;
use crate::oauth::token_request::{self, Earlier};
use crate::oauth::token_response;
use crate::oauth::tokens::TokenResponse;
use crate::text::redact::Sent;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// A time from seconds as a JavaScript number.
#[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
pub(super) const fn time(seconds: f64) -> UnixTime {
    UnixTime::from_seconds(seconds as i64)
}

/// A duration from seconds as a JavaScript number; zero if it is negative or NaN.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float saturates")]
pub(super) const fn duration(seconds: f64) -> Duration {
    Duration::from_secs(seconds as u64)
}

/// Reads state, code verifier and issuer.
pub(super) fn attempt<'a>(reader: &mut Reader<'a>, expires_at: f64) -> Attempt<'a> {
    Attempt {
        state: reader.text(),
        code_verifier: reader.text(),
        issuer: reader.text(),
        expires_at: time(expires_at),
    }
}

/// The output of one step.
struct Step<'s> {
    state: &'s str,
    phase: &'static str,
    effect: &'s Effect,
    tokens: Option<&'s TokenResponse>,
    error: Option<&'s Error>,
    request: Option<&'s Request>,
    /// The host passes this and `api_domain` back with the response.
    scope: &'s str,
    api_domain: &'s str,
}

impl Step<'_> {
    fn write(&self) -> Secret {
        let mut frame = Writer::new(self.state);
        frame.field(self.phase);
        frame.field(self.effect.name());
        let tokens = self.tokens.map(TokenResponse::to_json);
        frame.field(tokens.as_ref().map_or("", Secret::expose));
        error::write(&mut frame, self.error);
        match self.effect {
            Effect::Fetch => {
                let authorization = self.request.and_then(|request| request.authorization.as_ref());
                frame.field(self.request.map_or("", |request| &request.url));
                frame.field(authorization.map_or("", Secret::expose));
                frame.field(self.request.map_or("", |request| request.body.expose()));
                frame.field(self.scope);
                frame.field(self.api_domain);
            }
            Effect::Save(save) => write_save(&mut frame, save),
            Effect::Sleep(wait) => frame.number(i64::try_from(wait.as_millis()).ok()),
            Effect::Fail(failure) => {
                frame.field(failure.name());
                let wait = if let Failure::Throttled(wait) = failure { *wait } else { Duration::ZERO };
                frame.number(i64::try_from(wait.as_secs()).ok());
            }
            Effect::Load | Effect::Delete | Effect::Lock | Effect::Done => {}
        }
        frame.finish()
    }
}

fn write_save(frame: &mut Writer, save: &Save) {
    frame.field(match save.tokens {
        Slot::Loaded => "loaded",
        Slot::Issued => "issued",
    });
    frame.number(Some(save.expected));
    frame.number(Some(save.version));
    frame.field(&times(&save.requests));
    for at in [save.refreshing_since, save.hold_until, save.rejected_at, save.issued_at] {
        frame.time(at);
    }
}

/// One step of an exchange. In, one of:
/// - `authorization_code`, callback, state, code verifier, issuer, redirect URI, offline
/// - `code`, code, location
/// - `refresh_token`, refresh token, accounts server, API domain, scope, narrower scope
/// - `response`, state, `retry-after`, scope, API domain, with the body
/// - `failed`, state
pub(super) fn exchange(
    client: &Client,
    reader: &mut Reader<'_>,
    body: &[u8],
    status: u16,
    now: UnixTime,
    expires_at: f64,
) -> Result<Secret, Error> {
    let started = match reader.text() {
        "authorization_code" => {
            let (callback, attempt) = (reader.text(), attempt(reader, expires_at));
            let (redirect_uri, offline) = (reader.text(), reader.flag());
            token_request::callback_exchange(client, callback, attempt, redirect_uri, offline, now)?
        }
        "code" => token_request::code_exchange(client, reader.text(), reader.optional())?,
        "refresh_token" => {
            let earlier = earlier(reader);
            token_request::refresh_exchange(client, &earlier, reader.optional())?
        }
        "response" => return exchange_response(client, reader, body, status, now),
        _ => {
            let (phase, effect) = exchange::resume(exchange::Phase::Fetching, exchange::Event::Failed);
            return Ok(step("", phase.name(), &effect).write());
        }
    };
    let request = started.http(client)?;
    let (phase, effect) = exchange::resume(exchange::Phase::Starting, exchange::Event::Start);
    let is_refresh = started.grant_type == GrantType::REFRESH_TOKEN;
    let state = [
        if is_refresh { "refresh_token" } else { "authorization_code" },
        if started.offline { "offline" } else { "" },
        started.location(),
    ]
    .join(",");
    Ok(Step {
        request: Some(&request),
        scope: &started.scope,
        api_domain: started.api_domain,
        ..step(&state, phase.name(), &effect)
    }
    .write())
}

fn exchange_response(
    client: &Client,
    reader: &mut Reader<'_>,
    body: &[u8],
    status: u16,
    now: UnixTime,
) -> Result<Secret, Error> {
    let state = reader.text();
    let mut members = state.split(',');
    let grant_type = match members.next() {
        Some("refresh_token") => GrantType::REFRESH_TOKEN,
        _ => GrantType::AUTHORIZATION_CODE,
    };
    let offline = members.next() == Some("offline");
    let location = members.next().unwrap_or_default();
    let response = Response { status, retry_after: reader.optional(), body };
    let (scope, api_domain) = (reader.text(), reader.text());
    let parsed = parse(
        client,
        Expected { grant_type, endpoint: "", location, offline, scope, api_domain },
        &response,
        now,
    );
    let event = if parsed.is_ok() { exchange::Event::Issued } else { exchange::Event::Failed };
    let (phase, effect) = exchange::resume(exchange::Phase::Fetching, event);
    let output = step(state, phase.name(), &effect);
    Ok(match &parsed {
        Ok(tokens) => Step { tokens: Some(tokens), ..output },
        Err(error) => Step { error: Some(error), ..output },
    }
    .write())
}

/// Parses the response of the token endpoint at the expected location.
fn parse(
    client: &Client,
    expected: Expected<'_>,
    response: &Response<'_>,
    now: UnixTime,
) -> Result<TokenResponse, Error> {
    let endpoint = token_request::token_endpoint(client, client.region(expected.location))?;
    let expected = Expected { endpoint: &endpoint, ..expected };
    token_response::parse(client, &expected, Sent::WithHost, response, now)
}

const fn step<'s>(state: &'s str, phase: &'static str, effect: &'s Effect) -> Step<'s> {
    Step { state, phase, effect, tokens: None, error: None, request: None, scope: "", api_domain: "" }
}

/// Reads refresh token, accounts server, API domain and scope.
fn earlier<'a>(reader: &mut Reader<'a>) -> Earlier<'a> {
    Earlier {
        refresh_token: reader.text(),
        accounts_server: reader.text(),
        api_domain: reader.text(),
        scope: reader.text(),
    }
}

/// The times of a step, and the jitter of the process from 0 to 1.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) now: UnixTime,
    /// When the request was sent: the lifetime of its tokens begins then.
    pub(super) asked_at: UnixTime,
    pub(super) jitter: f64,
}

/// One step of a refresh. In: event, state, leeway, minValidity, whether the store has a lock, timeout in seconds, the
/// version of the ended request; of the record *loaded*: version, whether it has a refresh token, whether its access
/// token is empty or rejected, expires_at, issued_at, requests, refreshing_since, hold_until, rejected_at; whether its
/// refresh token is the one that was sent, whether that of *issued* differs from it; then the fields of the event:
/// - `saved`: whether it was, and after a save of the mark the refresh token, accounts server, API domain and scope of
///   *loaded*
/// - `response`: `retry-after`, scope, API domain, location, with the body
/// - `failed`: error code, seconds to wait
pub(super) fn refresh(
    client: &Client,
    reader: &mut Reader<'_>,
    body: &[u8],
    status: u16,
    times: Times,
) -> Result<Secret, Error> {
    let (event, state) = (reader.text(), refresh_state(reader.text()));
    let (leeway, min_validity, has_lock) = (reader.seconds(), reader.seconds(), reader.flag());
    let (timeout, ended) = (reader.seconds(), reader.number());
    let loaded = record(reader);
    let (is_sent, rotated) = (reader.flag(), reader.flag());
    let context = refresh::Context {
        loaded: loaded.as_ref(),
        wish: Wish { leeway, jitter: times.jitter, min_validity },
        budget: client.profile.budget,
        has_lock,
        timeout,
        ended,
        now: times.now,
    };
    let outcome = |code: &str, wait| refresh::Outcome::of(code, wait, client.profile.hold_off());

    let (mut tokens, mut error, mut request) = (None, None, None);
    let (mut location, mut scope, mut api_domain) = (String::new(), String::new(), "");
    let mut failed = |failure: Error| {
        let event = refresh::Event::Failed(outcome(failure.code.as_str(), failure.retry_after));
        error = Some(failure);
        event
    };
    let event = match event {
        "locked" => refresh::Event::Locked,
        "loaded" => {
            let loaded = loaded.clone().map(|record| refresh::Loaded { record, is_sent, rotated });
            refresh::Event::Loaded(loaded)
        }
        "saved" => refresh::Event::Saved(reader.flag()),
        "response" => {
            let response = Response { status, retry_after: reader.optional(), body };
            let (scope, api_domain, location) = (reader.text(), reader.text(), reader.text());
            let grant_type = GrantType::REFRESH_TOKEN;
            let expected = Expected { grant_type, endpoint: "", location, offline: false, scope, api_domain };
            let parsed = parse(client, expected, &response, times.asked_at);
            match parsed {
                Ok(parsed) => {
                    let expires_at = parsed.expires_at;
                    tokens = Some(parsed);
                    refresh::Event::Issued(expires_at)
                }
                Err(failure) => failed(failure),
            }
        }
        "failed" => {
            let code = reader.text();
            refresh::Event::Failed(outcome(code, Some(reader.seconds())))
        }
        "woke" => refresh::Event::Woke,
        _ => refresh::Event::Start,
    };
    let (mut state, mut effect) = refresh::resume(state, event, &context);
    if effect == Effect::Fetch {
        let earlier = earlier(reader);
        let built = token_request::refresh_exchange(client, &earlier, None).and_then(|exchange| {
            location = exchange.location().to_owned();
            scope.clone_from(&exchange.scope);
            api_domain = exchange.api_domain;
            exchange.http(client)
        });
        match built {
            Ok(built) => request = Some(built),
            Err(failure) => (state, effect) = refresh::resume(state, failed(failure), &context),
        }
    }
    let text = refresh_text(&state);
    let mut frame = Step {
        tokens: tokens.as_ref(),
        error: error.as_ref(),
        request: request.as_ref(),
        scope: &scope,
        api_domain,
        ..step(&text, state.phase.name(), &effect)
    }
    .write();
    if effect == Effect::Fetch {
        frame.push("\0");
        frame.push(&location);
    }
    Ok(frame)
}

/// Reads the version, which is empty without a record, and the members that decisions read.
fn record(reader: &mut Reader<'_>) -> Option<Record> {
    let version = reader.number();
    let record = Record {
        version: version.unwrap_or_default(),
        has_refresh_token: reader.flag(),
        access_token_rejected: reader.flag(),
        expires_at: reader.time(),
        issued_at: reader.time(),
        requests: reader.times(),
        refreshing_since: reader.time(),
        hold_until: reader.time(),
        rejected_at: reader.time(),
    };
    version.map(|_| record)
}

fn refresh_state(text: &str) -> refresh::State {
    let mut numbers = text.split(',').map(|number| number.parse::<i64>().ok());
    let mut next = || numbers.next().flatten();
    let phase = next().and_then(|at| usize::try_from(at).ok()).and_then(|at| refresh::Phase::ALL.get(at));
    refresh::State {
        phase: phase.copied().unwrap_or_default(),
        conflicts: next().and_then(|count| u8::try_from(count).ok()).unwrap_or_default(),
        version: next().unwrap_or_default(),
        mark: next().map(UnixTime::from_seconds),
        issued_at: next().map(UnixTime::from_seconds),
        issued_expires_at: next().map(UnixTime::from_seconds),
    }
}

fn refresh_text(state: &refresh::State) -> String {
    let phase = i64::from(state.phase as u8);
    let time = |at: Option<UnixTime>| at.map(|at| at.seconds().to_string()).unwrap_or_default();
    [
        phase.to_string(),
        i64::from(state.conflicts).to_string(),
        state.version.to_string(),
        time(state.mark),
        time(state.issued_at),
        time(state.issued_expires_at),
    ]
    .join(",")
}

/// One step of a revocation. In: event, state, token, its type, accounts server, the version that was loaded; then the
/// fields of the event:
/// - `start`: whether the tokens are those of a store
/// - `loaded`: whether there are tokens to revoke
/// - `response`: `retry-after`, with the body
/// - `failed`: whether the error is retryable
pub(super) fn revocation(
    client: &Client,
    reader: &mut Reader<'_>,
    body: &[u8],
    status: u16,
    now: UnixTime,
) -> Result<Secret, Error> {
    use crate::oauth::revocation::{endpoint, form, http, parse};
    let (event, state) = (reader.text(), revocation_state(reader.text()));
    let token = reader.text();
    let token_type = match reader.text() {
        "access_token" => TokenType::AccessToken,
        _ => TokenType::RefreshToken,
    };
    let (accounts_server, version) = (reader.text(), reader.number());
    let form_at = |attempt| form(client, token, token_type, accounts_server, attempt);
    let more = || form_at(state.attempt.saturating_add(1)).map(|form| form.is_some());

    let mut error = None;
    let event = match event {
        "loaded" => revocation::Event::Loaded(version, reader.flag()),
        "response" => {
            let response = Response { status, retry_after: reader.optional(), body };
            let more = more()?;
            let (location, url) = match form_at(state.attempt)? {
                Some((region, form)) => {
                    let location = region.map_or("", |region| &region.location);
                    (location, endpoint(client, region, form)?)
                }
                None => ("", String::new()),
            };
            match parse(client, &url, location, Sent::WithHost, &response, now) {
                Ok(outcome) => revocation::Event::Response(outcome, more),
                Err(failure) => {
                    let retryable = failure.retryable;
                    error = Some(failure);
                    revocation::Event::Failed { retryable, more }
                }
            }
        }
        "failed" => {
            let more = more()?;
            revocation::Event::Failed { retryable: reader.flag(), more }
        }
        "deleted" => revocation::Event::Deleted,
        _ => revocation::Event::Start { stored: reader.flag() },
    };
    let (state, effect) = revocation::resume(state, event);
    let request = match (&effect, form_at(state.attempt)) {
        (Effect::Fetch, Ok(Some((region, form)))) => Some(http(client, token, token_type, region, form)?),
        (Effect::Fetch, Err(failure)) => return Err(failure),
        _ => None,
    };
    let text = revocation_text(&state);
    Ok(Step { error: error.as_ref(), request: request.as_ref(), ..step(&text, state.phase.name(), &effect) }
        .write())
}

fn revocation_state(text: &str) -> revocation::State {
    let mut numbers = text.split(',').map(|number| number.parse::<i64>().ok());
    let mut next = || numbers.next().flatten();
    let phase = next().and_then(|at| usize::try_from(at).ok()).and_then(|at| revocation::Phase::ALL.get(at));
    revocation::State {
        phase: phase.copied().unwrap_or_default(),
        attempt: next().and_then(|attempt| usize::try_from(attempt).ok()).unwrap_or_default(),
        version: next(),
    }
}

fn revocation_text(state: &revocation::State) -> String {
    let phase = i64::from(state.phase as u8);
    let version = state.version.map(|version| version.to_string()).unwrap_or_default();
    [phase.to_string(), i64::try_from(state.attempt).unwrap_or(i64::MAX).to_string(), version].join(",")
}
