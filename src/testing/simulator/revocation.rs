//! The revocation of a grant: performs the effects of the machine, as `TokenManager.revoke` does.

use std::rc::Rc;
use std::time::Duration;

use super::call::CallError;
use super::fact::Fact;
use super::host::Host;
use super::memory::Unsaved;
use super::mutation::Mutation;
use super::network::{DEADLINE, Received, as_sent, milliseconds};
use super::record::{StoredRecord, Tokens};
use crate::flow::effect::{Effect, Failure};
use crate::flow::revocation::{Event, Loaded, Phase, State, resume};
use crate::manager::{plan, policy};
use crate::oauth::revocation::{RevocationRequest, TokenType};

/// What a revocation loaded.
#[derive(Default)]
struct Revoking {
    tokens: Option<Tokens>,
    format: Option<u32>,
    grant_id: Option<u64>,
    unsaved: Option<Rc<Unsaved>>,
    loaded_at: u64,
}

impl Host {
    /// Revokes the tokens of the grant and deletes its record.
    pub(super) async fn disconnect(&self) -> Result<(), CallError> {
        let began = self.sim.world().now;
        let has_lock = self.sim.world().settings.locking.is_some();
        // Without a lock, a refresh of this manager ends first.
        let running = self.memory.borrow().running.clone().filter(|_| !has_lock);
        while running.as_ref().is_some_and(|running| !running.has_ended.get()) {
            let pause = self.sim.world().sleep(100);
            pause.await;
        }
        let mut fence = None;
        let result = self.revoke(&mut fence).await;
        if let Some(fence) = fence {
            self.release(fence).await;
        }
        if result.is_ok() && self.is_vault() {
            // A failure leaves the alarm as it is.
            if let Ok(stored) = self.load().await {
                self.schedule(stored.as_ref(), None);
            }
        }
        self.sim.world().facts.push(Fact::RevocationEnded { by: self.instance, began });
        result
    }

    async fn revoke(&self, fence: &mut Option<u64>) -> Result<(), CallError> {
        let locking = self.sim.world().settings.locking;
        let mut state = State::default();
        let mut event = Event::Start { stored: true, has_lock: locking.is_some() };
        let mut revoking = Revoking::default();
        let began = self.sim.world().now;
        // The refresh token and the id of the grant that was revoked.
        let mut revoked: Option<(String, Option<u64>)> = None;
        loop {
            let (next, effect) = resume(state, event);
            state = next;
            event = match effect {
                Effect::Lock => {
                    if let Some(locking) = locking.filter(|_| !self.has(Mutation::RevokeUnlocked)) {
                        *fence = Some(self.acquire(locking.lease).await?);
                    }
                    Event::Locked
                }
                Effect::Load if state.phase == Phase::Rereading && self.has(Mutation::DeleteUnread) => {
                    revoking.loaded_at = self.sim.world().now;
                    let (version, has_tokens) = (state.version, revoking.tokens.is_some());
                    Event::Loaded(Loaded { version, has_tokens, ..Loaded::default() })
                }
                Effect::Load => {
                    match self.load_to_revoke(&mut revoking, state.phase, locking.is_some()).await {
                        Ok(loaded) => Event::Loaded(loaded),
                        Err(CallError::Newer) => return Err(CallError::Newer),
                        Err(_) => Event::StoreFailed,
                    }
                }
                Effect::Fetch => {
                    let format = revoking.format;
                    let sent =
                        revoking.tokens.as_ref().map(|tokens| tokens.refresh_token.expose().to_owned());
                    revoked = sent.map(|sent| (sent, revoking.grant_id));
                    self.sim.world().facts.push(Fact::RevocationSent { by: self.instance, format });
                    self.send_revocation(revoking.tokens.as_ref(), state.attempt).await
                }
                Effect::Sleep(time) => {
                    let times = if self.has(Mutation::PatientRevocation) { 10_000 } else { 1 };
                    let sleep = self.sim.world().sleep(milliseconds(time).saturating_mul(times));
                    sleep.await;
                    Event::Woke
                }
                Effect::Delete => match self.delete(*fence, revoking.loaded_at).await {
                    Ok(()) => Event::Deleted,
                    Err(_) => Event::StoreFailed,
                },
                Effect::Done => {
                    if let Some((refresh_token, grant_id)) = revoked {
                        let (by, fence) = (self.instance, *fence);
                        let fact = Fact::Revoked { by, refresh_token, grant_id, fence, began };
                        self.sim.world().facts.push(fact);
                    }
                    return Ok(());
                }
                Effect::Fail(Failure::Store) => return Err(CallError::Store { issued: false }),
                Effect::Save(_) | Effect::Unlock | Effect::Reply | Effect::Fail(_) => {
                    return Err(CallError::Untyped);
                }
            };
        }
    }

    async fn load_to_revoke(
        &self,
        revoking: &mut Revoking,
        phase: Phase,
        has_lock: bool,
    ) -> Result<Loaded, CallError> {
        revoking.loaded_at = self.sim.world().now;
        let stored = self.load().await?;
        if phase == Phase::Rereading {
            self.forget_unsaved(revoking.unsaved.as_ref());
        } else if let Some(record) = &stored {
            self.memory.borrow_mut().remember(record);
        }
        let grant_id = stored.as_ref().and_then(|record| record.grant_id);
        let same_grant = grant_id.is_some() && grant_id == revoking.grant_id;
        if phase == Phase::Loading {
            revoking.tokens = self.to_revoke(stored.as_ref());
            revoking.unsaved.clone_from(&self.memory.borrow().unsaved);
            revoking.format = stored.as_ref().and_then(|record| record.format);
            revoking.grant_id = grant_id;
        }
        let ended = self.memory.borrow().ended(stored.as_ref());
        let lease = policy::lease(Duration::from_millis(DEADLINE));
        let counts = stored.as_ref().filter(|record| !has_lock && Some(record.version) != ended);
        let outstanding =
            counts.and_then(|record| plan::outstanding_until(&record.record(""), lease, self.now()));
        Ok(Loaded {
            version: stored.map(|record| record.version),
            has_tokens: revoking.tokens.is_some(),
            is_outstanding: outstanding.is_some(),
            same_grant,
            other_grant: grant_id != revoking.grant_id,
        })
    }

    /// The issued tokens that are not saved, unless the record has been replaced; else those of the record.
    fn to_revoke(&self, stored: Option<&StoredRecord>) -> Option<Tokens> {
        let memory = self.memory.borrow();
        let is_sent = |sent: &str| stored.is_none_or(|record| record.refresh_token() == sent);
        let unsaved = memory.unsaved.as_ref().filter(|unsaved| is_sent(unsaved.sent.expose()));
        let issued = unsaved.map(|unsaved| unsaved.issued.clone());
        issued.or_else(|| stored.map(|record| record.tokens.clone()))
    }

    /// Revoked tokens need not be saved any more; those of a refresh that ran beside the revocation do.
    fn forget_unsaved(&self, revoked: Option<&Rc<Unsaved>>) {
        let mut memory = self.memory.borrow_mut();
        memory.latest = None;
        if memory.unsaved.as_ref().map(Rc::as_ptr) != revoked.map(Rc::as_ptr) {
            return;
        }
        memory.unsaved = None;
        let mut world = self.sim.world();
        world.unsaved.remove(&self.instance);
        world.trouble.forget(self.instance);
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
