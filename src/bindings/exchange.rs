//! The steps of an exchange.

use super::frame::Reader;
use super::numbers;
use super::step::{Step, earlier, tokens};
use crate::flow::exchange::{Event, Phase, resume};
use crate::oauth::authorization_response::Attempt;
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::http::Response;
use crate::oauth::token_request;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// Reads state, code verifier and issuer.
pub(super) fn attempt<'a>(reader: &mut Reader<'a>, expires_at: f64) -> Attempt<'a> {
    Attempt {
        state: reader.text(),
        code_verifier: reader.text(),
        issuer: reader.text(),
        expires_at: numbers::time(expires_at),
    }
}

/// One step of an exchange. In, one of:
/// - `authorization_code`, callback, state, code verifier, issuer, redirect URI, offline
/// - `code`, code, location
/// - `refresh_token`, refresh token, accounts server, API domain, scope, narrower scope
/// - `response`, state, `retry-after`, scope, API domain, location, with the body
/// - `failed`, state
pub(super) fn step(
    client: &Client,
    reader: &mut Reader<'_>,
    response: Response<'_>,
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
        "response" => return Ok(respond(client, reader, response, now)),
        _ => {
            let (phase, effect) = resume(Phase::Fetching, Event::Failed);
            return Ok(Step::new("", phase.name(), &effect).write());
        }
    };
    let request = started.http(client)?;
    let (phase, effect) = resume(Phase::Starting, Event::Start);
    let flags = [started.grant_type.is_refresh(), started.offline];
    let state = numbers::write(&mut flags.iter().map(|flag| Some(i64::from(*flag))));
    let step = Step::new(&state, phase.name(), &effect);
    Ok(Step { request: Some(&request), exchange: Some(&started), ..step }.write())
}

fn respond(client: &Client, reader: &mut Reader<'_>, response: Response<'_>, now: UnixTime) -> Secret {
    let state = reader.text();
    let [is_refresh, offline, ..] = numbers::read(state);
    let grant_type =
        if is_refresh == Some(1) { GrantType::REFRESH_TOKEN } else { GrantType::AUTHORIZATION_CODE };
    let parsed = tokens(client, reader, grant_type, offline == Some(1), response, now);
    let event = if parsed.is_ok() { Event::Issued } else { Event::Failed };
    let (phase, effect) = resume(Phase::Fetching, event);
    let step = Step::new(state, phase.name(), &effect);
    Step { tokens: parsed.as_ref().ok(), error: parsed.as_ref().err(), ..step }.write()
}
