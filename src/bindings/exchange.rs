//! The steps of an exchange.

use super::frame::Reader;
use super::numbers;
use super::step::{Step, earlier, phase, tokens};
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
        event => return end(client, reader, event == "response", response, now),
    };
    let request = started.http(client)?;
    let (phase, effect) = resume(Phase::default(), Event::Start);
    let state = state_text(phase, started.grant_type, started.offline);
    let step = Step::new(&state, phase.name(), &effect);
    Ok(Step { request: Some(&request), exchange: Some(&started), ..step }.write())
}

/// The step after the response to the request, or after its failure.
fn end(
    client: &Client,
    reader: &mut Reader<'_>,
    has_response: bool,
    response: Response<'_>,
    now: UnixTime,
) -> Result<Secret, Error> {
    let [at, grant_type, offline, ..] = numbers::read(reader.text());
    let offline = offline == Some(1);
    let grant_type = grant_type.and_then(|at| usize::try_from(at).ok()).and_then(|at| GRANT_TYPES.get(at));
    let Some(grant_type) = grant_type.copied() else {
        return Err(Error::configuration(
            "the state of the exchange has an unknown grant type: pass the state that the step before returned",
        ));
    };
    let parsed = has_response.then(|| tokens(client, reader, grant_type, offline, response, now));
    let event = if matches!(parsed, Some(Ok(_))) { Event::Issued } else { Event::Failed };
    let (phase, effect) = resume(phase(Phase::ALL, at), event);
    let state = state_text(phase, grant_type, offline);
    let parsed = parsed.as_ref().map(Result::as_ref);
    let step = Step::new(&state, phase.name(), &effect);
    Ok(Step { tokens: parsed.and_then(Result::ok), error: parsed.and_then(Result::err), ..step }.write())
}

/// The grant types of the package. The number of one is its place.
const GRANT_TYPES: [GrantType; 2] = [GrantType::AUTHORIZATION_CODE, GrantType::REFRESH_TOKEN];

/// Phase, grant type and whether offline access was requested.
fn state_text(phase: Phase, grant_type: GrantType, offline: bool) -> String {
    let number = GRANT_TYPES.iter().position(|known| *known == grant_type);
    let number = number.and_then(|at| i64::try_from(at).ok());
    numbers::write(&mut [Some(phase as i64), number, Some(i64::from(offline))].into_iter())
}
