//! What a process makes of a response to a token request.

use std::time::Duration;

use super::call::RequestError;
use super::mutation::Mutation;
use super::network::{Received, milliseconds};
use super::process::Instance;
use super::record::Tokens;
use super::world::World;
use crate::flow::refresh::Outcome;
use crate::oauth::error::Error;
use crate::oauth::token_request::TokenRequest;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

impl World {
    /// Parses what was received. An error may come with a refresh token.
    pub(super) fn parse(
        &self,
        request: &TokenRequest,
        received: &Received,
        sent_at: UnixTime,
    ) -> Result<Tokens, (RequestError, Option<Secret>)> {
        let response = received.response().map_err(|code| (self.failed(code, None), None))?;
        if response.status >= 500 && self.has(Mutation::ReplaceOn5xx) {
            return Ok(Tokens::default());
        }
        let failed = |error: Error| {
            let refresh_token = error.tokens.as_ref().and_then(|tokens| tokens.refresh_token.clone());
            (self.failed(error.code.as_str(), error.retry_after), refresh_token)
        };
        let parsed = request.parse(self.server.client(), &response, sent_at).map_err(failed)?;
        Ok(Tokens {
            access_token: parsed.access_token,
            refresh_token: parsed.refresh_token.unwrap_or_default(),
            expires_at: parsed.expires_at,
        })
    }

    pub(super) fn failed(&self, code: &'static str, retry_after: Option<Duration>) -> RequestError {
        let code = if self.has(Mutation::RejectedOnFailure) { "reauthorization_required" } else { code };
        let outcome = Outcome::of(code, retry_after, self.server.client().profile.hold_off());
        RequestError { code, retry_after, outcome }
    }

    /// Enters into the ledger that the sender of a request has tokens.
    pub(super) fn enter_tokens(&mut self, id: u64, instance: Instance) {
        let now = self.now;
        self.note(|_| format!("{instance} receives tokens for #{id}"));
        self.server.ledger.request(id, |sent| sent.delivered_at = Some(now));
    }

    /// Enters into the ledger that a request has failed.
    pub(super) fn enter_failure(&mut self, id: u64, instance: Instance, error: &RequestError) {
        let now = self.now;
        self.note(|_| format!("{instance} receives {} for #{id}: {:?}", error.code, error.outcome));
        let wait = match error.outcome {
            Outcome::Throttled(wait) => Some(wait.max(Duration::from_secs(1))),
            Outcome::Rejected | Outcome::Refused | Outcome::Unknown => None,
        };
        self.server.ledger.request(id, |sent| {
            sent.failed = Some((now, error.code));
            sent.pause = wait.map(|wait| now.saturating_add(milliseconds(wait)));
        });
    }
}
