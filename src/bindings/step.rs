//! The output of a step of a flow. Fields are positional.
//!
//! Out, for each flow: state, phase, effect, the outcome of a request, then the fields of the effect. The outcome is
//! `tokens` and nine fields (access_token, token_type, expires_at, refresh_token, scope, id_token, accounts_server,
//! api_domain, other members as JSON), `error` and its nine fields, or one empty field. The effects:
//! - `fetch`: URL, `authorization` header, body, and the fields to pass with the response: scope, API domain, location
//! - `save`: slot (`loaded`, `issued` or `remembered`), expected version, version, requests, and five times
//!   (refreshing_since, request_ended_at, hold_until, rejected_at, issued_at)
//! - `sleep`: milliseconds
//! - `fail`: failure, seconds to wait

use std::time::Duration;

use super::error;
use super::frame::{Reader, Writer};
use crate::flow::effect::{Effect, Failure, Save, Slot};
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::grant_type::{Expected, GrantType};
use crate::oauth::http::{Request, Response};
use crate::oauth::token_request::{self, Earlier, Exchange};
use crate::oauth::token_response;
use crate::oauth::tokens::TokenResponse;
use crate::text::redact::Sent;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// The output of one step.
pub(super) struct Step<'s> {
    pub(super) state: &'s str,
    pub(super) phase: &'static str,
    pub(super) effect: &'s Effect,
    pub(super) tokens: Option<&'s TokenResponse>,
    pub(super) error: Option<&'s Error>,
    /// The request of the effect `fetch`.
    pub(super) request: Option<&'s Request>,
    /// What the response to `request` is validated against, if it is a token request.
    pub(super) exchange: Option<&'s Exchange<'s, 's>>,
}

impl<'s> Step<'s> {
    /// The output of a step without tokens, an error or a request.
    pub(super) const fn new(state: &'s str, phase: &'static str, effect: &'s Effect) -> Self {
        Self { state, phase, effect, tokens: None, error: None, request: None, exchange: None }
    }

    /// The frame.
    pub(super) fn write(&self) -> Secret {
        let mut frame = Writer::new(self.state);
        frame.field(self.phase);
        frame.field(self.effect.name());
        match (self.tokens, self.error) {
            (Some(tokens), _) => write_tokens(&mut frame, tokens),
            (None, Some(error)) => {
                frame.field("error");
                error::write(&mut frame, error);
            }
            (None, None) => frame.field(""),
        }
        match self.effect {
            Effect::Fetch => {
                let authorization = self.request.and_then(|request| request.authorization.as_ref());
                frame.field(self.request.map_or("", |request| &request.url));
                frame.field(authorization.map_or("", Secret::expose));
                frame.field(self.request.map_or("", |request| request.body.expose()));
                frame.field(self.exchange.map_or("", |exchange| &exchange.scope));
                frame.field(self.exchange.map_or("", |exchange| exchange.api_domain));
                frame.field(self.exchange.map_or("", Exchange::location));
            }
            Effect::Save(save) => write_save(&mut frame, save),
            Effect::Sleep(wait) => frame.number(i64::try_from(wait.as_millis()).ok()),
            Effect::Fail(failure) => {
                frame.field(failure.name());
                let wait = if let Failure::Throttled(wait) = failure { *wait } else { Duration::ZERO };
                frame.number(i64::try_from(wait.as_secs()).ok());
            }
            Effect::Load | Effect::Delete | Effect::Lock | Effect::Unlock | Effect::Reply | Effect::Done => {}
        }
        frame.finish()
    }
}

/// Each in a field of its own, since to write and parse JSON takes a twentieth of an exchange (`npm run bench --
/// exchange`). None has a NUL: tokens are visible characters, a scope has no control characters, and JSON escapes them.
fn write_tokens(frame: &mut Writer, tokens: &TokenResponse) {
    frame.field("tokens");
    frame.field(tokens.access_token.expose());
    frame.field(&tokens.token_type);
    frame.time(tokens.expires_at);
    frame.field(tokens.refresh_token.as_ref().map_or("", Secret::expose));
    frame.field(tokens.scope.as_deref().unwrap_or_default());
    frame.field(tokens.id_token.as_ref().map_or("", Secret::expose));
    frame.field(tokens.accounts_server.as_deref().unwrap_or_default());
    frame.field(tokens.api_domain.as_deref().unwrap_or_default());
    frame.field(tokens.members_json().expose());
}

fn write_save(frame: &mut Writer, save: &Save) {
    frame.field(match save.tokens {
        Slot::Loaded => "loaded",
        Slot::Issued => "issued",
        Slot::Remembered => "remembered",
    });
    frame.number(Some(save.expected));
    frame.number(Some(save.version));
    frame.times(&save.requests);
    for at in
        [save.refreshing_since, save.request_ended_at, save.hold_until, save.rejected_at, save.issued_at]
    {
        frame.time(at);
    }
}

/// The phase with a number, which is its place in `all`; else the first phase of a flow.
pub(super) fn phase<P: Copy + Default>(all: &[P], number: Option<i64>) -> P {
    let at = number.and_then(|number| usize::try_from(number).ok());
    at.and_then(|at| all.get(at)).copied().unwrap_or_default()
}

/// Reads refresh token, accounts server, API domain and scope.
pub(super) fn earlier<'a>(reader: &mut Reader<'a>) -> Earlier<'a> {
    Earlier {
        refresh_token: reader.text(),
        accounts_server: reader.text(),
        api_domain: reader.text(),
        scope: reader.text(),
    }
}

/// Reads `retry-after`, scope, API domain and location, and parses a token response.
pub(super) fn tokens(
    client: &Client,
    reader: &mut Reader<'_>,
    grant_type: GrantType,
    offline: bool,
    response: Response<'_>,
    now: UnixTime,
) -> Result<TokenResponse, Error> {
    let response = Response { retry_after: reader.optional(), ..response };
    let (scope, api_domain, location) = (reader.text(), reader.text(), reader.text());
    let endpoint = token_request::token_endpoint(client, client.region(location))?;
    let expected = Expected { grant_type, endpoint: &endpoint, location, offline, scope, api_domain };
    token_response::parse(client, &expected, Sent::WithHost, &response, now)
}
