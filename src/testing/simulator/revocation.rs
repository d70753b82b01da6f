//! The revocation of a grant: performs the effects of the machine, as `TokenManager.revoke` does.

use super::call::CallError;
use super::fact::Fact;
use super::host::Host;
use super::mutation::Mutation;
use super::network::{Received, as_sent};
use super::record::{StoredRecord, Tokens};
use crate::flow::effect::Effect;
use crate::flow::revocation::{Event, Phase, State, resume};
use crate::oauth::revocation::{RevocationRequest, TokenType};

impl Host {
    /// Revokes the tokens of the grant and deletes its record, in a vault under its lock.
    pub(super) async fn disconnect(&self) -> Result<(), CallError> {
        let is_vault = self.is_vault();
        let locking = self.sim.world().settings.locking.filter(|_| is_vault);
        let fence = match locking {
            Some(locking) => Some(self.acquire(locking.lease).await?),
            None => None,
        };
        let result = self.revoke(fence).await;
        if let Some(fence) = fence {
            if result.is_ok() {
                self.schedule(None, None);
            }
            self.release(fence).await;
        }
        result
    }

    async fn revoke(&self, fence: Option<u64>) -> Result<(), CallError> {
        let mut state = State::default();
        let mut event = Event::Start { stored: true };
        let mut tokens: Option<Tokens> = None;
        let mut format = None;
        let mut loaded_at = 0;
        loop {
            let (next, effect) = resume(state, event);
            state = next;
            event = match effect {
                Effect::Load if state.phase == Phase::Rereading && self.has(Mutation::DeleteUnread) => {
                    loaded_at = self.sim.world().now;
                    Event::Loaded(state.version, tokens.is_some())
                }
                Effect::Load => {
                    loaded_at = self.sim.world().now;
                    let stored = self.load().await?;
                    if state.phase == Phase::Loading {
                        tokens = self.to_revoke(stored.as_ref());
                        format = stored.as_ref().and_then(|record| record.format);
                    }
                    Event::Loaded(stored.map(|record| record.version), tokens.is_some())
                }
                Effect::Fetch => {
                    self.sim.world().facts.push(Fact::RevocationSent { by: self.instance, format });
                    self.send_revocation(tokens.as_ref(), state.attempt).await
                }
                Effect::Sleep(_) => Event::Woke,
                Effect::Delete => {
                    self.forget_unsaved();
                    self.delete(fence, loaded_at).await?;
                    Event::Deleted
                }
                Effect::Done => {
                    self.forget_unsaved();
                    return Ok(());
                }
                Effect::Save(_) | Effect::Lock | Effect::Fail(_) => {
                    return Err(CallError::Untyped);
                }
            };
        }
    }

    /// The issued tokens that are not saved, unless the record has been replaced; else those of the record.
    fn to_revoke(&self, stored: Option<&StoredRecord>) -> Option<Tokens> {
        let memory = self.memory.borrow();
        let is_sent = |sent: &str| stored.is_none_or(|record| record.refresh_token() == sent);
        let unsaved = memory.unsaved.as_ref().filter(|unsaved| is_sent(unsaved.sent.expose()));
        let issued = unsaved.map(|unsaved| unsaved.issued.clone());
        issued.or_else(|| stored.map(|record| record.tokens.clone()))
    }

    /// Revoked tokens need not be saved any more.
    fn forget_unsaved(&self) {
        self.memory.borrow_mut().unsaved = None;
        self.sim.world().unsaved.remove(&self.instance);
    }

    /// Sends the revocation request of an attempt, and parses the response.
    async fn send_revocation(&self, tokens: Option<&Tokens>, attempt: usize) -> Event {
        let (request, more, received) = {
            let mut world = self.sim.world();
            let client = world.server.client();
            let build = |attempt| {
                let token = &tokens?.refresh_token;
                RevocationRequest::new(client, token, TokenType::RefreshToken, "", attempt).ok().flatten()
            };
            let (request, more) = (build(attempt), build(attempt.saturating_add(1)).is_some());
            let Some(request) = request else { return Event::Failed { retryable: false, more: false } };
            let http = as_sent(request.http());
            world.counts.count("revocation requests");
            world.note(|_| format!("{} sends a revocation", self.instance));
            let received = world.deliver(None, self.instance, http);
            (request, more, received)
        };
        let received: Received = received.await;
        let world = self.sim.world();
        let Ok(response) = received.response() else { return Event::Failed { retryable: true, more } };
        match request.parse(world.server.client(), &response, world.clock(self.instance)) {
            Ok(outcome) => Event::Response(outcome, more),
            Err(error) => Event::Failed { retryable: error.retryable, more },
        }
    }
}
