//! The steps of a refresh.

use super::frame::Reader;
use super::numbers;
use super::step::{Step, earlier, phase, tokens};
use crate::flow::effect::Effect;
use crate::flow::refresh::{Context, Event, Loaded, Outcome, Phase, State, resume};
use crate::manager::plan::Wish;
use crate::manager::record::Record;
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::grant_type::GrantType;
use crate::oauth::http::Response;
use crate::oauth::token_request;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// The times of a step, and the jitter of the process from 0 to 1.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) now: UnixTime,
    /// When the request was sent: the lifetime of its tokens begins then.
    pub(super) asked_at: UnixTime,
    pub(super) jitter: f64,
}

/// One step of a refresh. In: event, state, leeway, minValidity, whether the store has a lock, whether no other process
/// has the store, timeout in seconds, the version of the ended request; of the record *loaded*: version, whether it has
/// a refresh token, whether its access token is empty or rejected, expires_at, issued_at, requests, refreshing_since,
/// request_ended_at, hold_until, rejected_at; whether its refresh token is the one that was sent, whether that of
/// *issued* differs from it, whether it is of the grant of *issued*, whether its tokens are those of *issued*; then the
/// fields of the event:
/// - `loaded`: the members of the record *remembered*, as those of *loaded*, if the store has lost it
/// - `saved`: whether it was, and after a save of the mark the refresh token, accounts server, API domain and scope of
///   *loaded*
/// - `response`: `retry-after`, scope, API domain, location, with the body
/// - `failed`: error code, seconds to wait
pub(super) fn step(client: &Client, reader: &mut Reader<'_>, response: Response<'_>, times: Times) -> Secret {
    let (event, state) = (reader.text(), state(reader.text()));
    let (leeway, min_validity) = (reader.seconds(), reader.seconds());
    let (has_lock, exclusive) = (reader.flag(), reader.flag());
    let (timeout, ended) = (reader.seconds(), reader.number());
    let loaded = record(reader);
    let (is_sent, rotated) = (reader.flag(), reader.flag());
    let (same_grant, is_issued) = (reader.flag(), reader.flag());
    let context = Context {
        loaded: loaded.as_ref(),
        wish: Wish { leeway, jitter: times.jitter, min_validity },
        budget: client.profile.budget,
        has_lock,
        exclusive,
        timeout,
        ended,
        now: times.now,
    };
    let outcome = |code: &str, wait| Outcome::of(code, wait, client.profile.hold_off());

    let (mut issued, mut error, mut sent) = (None, None, None);
    let mut failed = |failure: Error| {
        let event = Event::Failed(outcome(failure.code.as_str(), failure.retry_after));
        error = Some(failure);
        event
    };
    let event = match event {
        "locked" => Event::Locked,
        "loaded" => {
            let remembered = record(reader).map(Box::new);
            Event::Loaded(loaded.clone().map(|record| Loaded {
                record,
                is_sent,
                rotated,
                same_grant,
                is_issued,
                remembered,
            }))
        }
        "saved" => Event::Saved(reader.flag()),
        "response" => {
            match tokens(client, reader, GrantType::REFRESH_TOKEN, false, response, times.asked_at) {
                Ok(tokens) => Event::Issued(issued.insert(tokens).expires_at),
                // The host saves the refresh token of the error with the loaded access token.
                Err(failure) if has_refresh_token(&failure) => {
                    let _ = failed(failure);
                    Event::Issued(loaded.as_ref().and_then(|record| record.expires_at))
                }
                Err(failure) => failed(failure),
            }
        }
        "failed" => {
            let code = reader.text();
            Event::Failed(outcome(code, Some(reader.seconds())))
        }
        "woke" => Event::Woke,
        "store_failed" => Event::StoreFailed,
        "unlocked" => Event::Unlocked,
        "replied" => Event::Replied,
        _ => Event::Start,
    };
    let (mut state, mut effect) = resume(state, event, &context);
    if effect == Effect::Fetch {
        let exchange = token_request::refresh_exchange(client, &earlier(reader), None);
        match exchange.and_then(|exchange| Ok((exchange.http(client)?, exchange))) {
            Ok(built) => sent = Some(built),
            Err(failure) => (state, effect) = resume(state, failed(failure), &context),
        }
    }
    let text = state_text(&state);
    Step {
        tokens: issued.as_ref(),
        error: error.as_ref(),
        request: sent.as_ref().map(|(request, _)| request),
        exchange: sent.as_ref().map(|(_, exchange)| exchange),
        ..Step::new(&text, state.phase.name(), &effect)
    }
    .write()
}

fn has_refresh_token(error: &Error) -> bool {
    error.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some())
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
        request_ended_at: reader.time(),
        hold_until: reader.time(),
        rejected_at: reader.time(),
    };
    version.map(|_| record)
}

fn state(text: &str) -> State {
    let [at, conflicts, version, mark, issued_at, issued_expires_at, saving_since, failures, replied] =
        numbers::read(text);
    let count = |number: Option<i64>| number.and_then(|count| u8::try_from(count).ok()).unwrap_or_default();
    State {
        phase: phase(Phase::ALL, at),
        conflicts: count(conflicts),
        version: version.unwrap_or_default(),
        mark: mark.map(UnixTime::from_seconds),
        issued_at: issued_at.map(UnixTime::from_seconds),
        issued_expires_at: issued_expires_at.map(UnixTime::from_seconds),
        saving_since: saving_since.map(UnixTime::from_seconds),
        failures: count(failures),
        replied: replied == Some(1),
    }
}

fn state_text(state: &State) -> String {
    let whole = [state.phase as i64, i64::from(state.conflicts), state.version].map(Some);
    let times = [state.mark, state.issued_at, state.issued_expires_at, state.saving_since];
    let times = times.map(|at| at.map(UnixTime::seconds));
    let rest = [i64::from(state.failures), i64::from(state.replied)].map(Some);
    numbers::write(&mut whole.into_iter().chain(times).chain(rest))
}
