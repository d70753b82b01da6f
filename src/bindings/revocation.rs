//! The steps of a revocation.

use std::time::Duration;

use super::frame::Reader;
use super::numbers;
use super::step::{Step, phase};
use crate::flow::effect::Effect;
use crate::flow::revocation::{Event, Loaded, Phase, State, resume};
use crate::manager::plan::outstanding_until;
use crate::manager::policy;
use crate::manager::record::Record;
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::http::Response;
use crate::oauth::revocation::{Forms, TokenType, check_token, parse};
use crate::text::redact::Sent;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// One step of a revocation. In: event, state, token, its type, accounts server, the version that was loaded; then the
/// fields of the event. The token is empty where the step builds no form.
/// - `start`: whether the tokens are those of a store, whether it has a lock
/// - `loaded`: whether there are tokens to revoke, whether the record is of the grant whose tokens were revoked, whether it
///   is of another, timeout in seconds (none with a lock), refreshing_since, request_ended_at
/// - `response`: `retry-after`, with the body
/// - `failed`: whether the error is retryable
pub(super) fn step(
    client: &Client,
    reader: &mut Reader<'_>,
    response: Response<'_>,
    now: UnixTime,
) -> Result<Secret, Error> {
    let (event, state) = (reader.text(), state(reader.text()));
    let token = reader.text();
    let token_type = match reader.text() {
        "access_token" => TokenType::AccessToken,
        _ => TokenType::RefreshToken,
    };
    let (accounts_server, version) = (reader.text(), reader.number());
    // An error counts only for a request: before the record is loaded, there is no token.
    let forms = Forms::new(client, accounts_server);
    let form_at = |attempt: usize| forms.as_ref().ok().and_then(|forms| forms.get(attempt));
    let more = form_at(state.attempt.saturating_add(1)).is_some();

    let mut error = None;
    let event = match event {
        "loaded" => {
            let (has_tokens, same_grant, other_grant) = (reader.flag(), reader.flag(), reader.flag());
            let timeout = reader.optional();
            let (refreshing_since, request_ended_at) = (reader.time(), reader.time());
            let record = Record { refreshing_since, request_ended_at, ..Record::default() };
            let lease = timeout.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
            let outstanding =
                lease.and_then(|timeout| outstanding_until(&record, policy::lease(timeout), now));
            let is_outstanding = outstanding.is_some();
            Event::Loaded(Loaded { version, has_tokens, is_outstanding, same_grant, other_grant })
        }
        "locked" => Event::Locked,
        "store_failed" => Event::StoreFailed,
        "response" => {
            let response = Response { retry_after: reader.optional(), ..response };
            let form = form_at(state.attempt);
            let url = form.as_ref().map(|form| form.endpoint(client)).transpose()?.unwrap_or_default();
            let location = form.as_ref().map_or("", |form| form.location());
            match parse(client, &url, location, Sent::WithHost, &response, now) {
                Ok(outcome) => Event::Response(outcome, more),
                Err(failure) => {
                    let retryable = failure.retryable;
                    error = Some(failure);
                    Event::Failed { retryable, more }
                }
            }
        }
        "failed" => Event::Failed { retryable: reader.flag(), more },
        "woke" => Event::Woke,
        "deleted" => Event::Deleted,
        _ => Event::Start { stored: reader.flag(), has_lock: reader.flag() },
    };
    let (state, effect) = resume(state, event);
    let request = match effect {
        Effect::Fetch => {
            check_token(token, token_type)?;
            forms?.get(state.attempt).map(|form| form.http(client, token, token_type)).transpose()?
        }
        _ => None,
    };
    let text = state_text(&state);
    let step = Step::new(&text, state.phase.name(), &effect);
    Ok(Step { error: error.as_ref(), request: request.as_ref(), ..step }.write())
}

fn state(text: &str) -> State {
    let [at, attempt, version, rounds, ..] = numbers::read(text);
    State {
        phase: phase(Phase::ALL, at),
        attempt: attempt.and_then(|attempt| usize::try_from(attempt).ok()).unwrap_or_default(),
        version,
        rounds: rounds.and_then(|rounds| u8::try_from(rounds).ok()).unwrap_or_default(),
    }
}

fn state_text(state: &State) -> String {
    let attempt = i64::try_from(state.attempt).unwrap_or(i64::MAX);
    let rounds = Some(i64::from(state.rounds));
    numbers::write(&mut [Some(state.phase as i64), Some(attempt), state.version, rounds].into_iter())
}
