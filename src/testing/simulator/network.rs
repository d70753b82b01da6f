//! The network between a process and the authorization server. It loses, delays, duplicates, reorders and damages
//! messages, and gateways respond instead of the server.

use std::time::Duration;

use super::call::{CallOptions, Issued, RequestError};
use super::fact::Fact;
use super::faults::{Delivery, Loss};
use super::handled::Handled;
use super::host::Host;
use super::ledger::{Copy, Sent};
use super::mutation::Mutation;
use super::process::Instance;
use super::promise::{Promise, TaskId};
use super::record::{StoredRecord, Tokens};
use super::world::{Event, World};
use crate::oauth::http::{self, MAX_BODY};
use crate::oauth::token_request::TokenRequest;
use crate::oauth::tokens::TokenResponse;
use crate::testing::http::{Request, Response};

/// The deadline of a request, in milliseconds: the default of `OAuthClient`.
pub(super) const DEADLINE: u64 = 10_000;

/// What a process receives for a request.
pub(super) enum Received {
    Response(Box<Response>),
    Reset,
    Deadline,
}

impl Received {
    /// The response, or the code of the error.
    pub(super) fn response(&self) -> Result<http::Response<'_>, &'static str> {
        match self {
            Self::Response(response) if response.body.len() <= MAX_BODY => Ok(http::Response {
                status: response.status,
                retry_after: response.find("retry-after"),
                body: &response.body,
            }),
            Self::Response(_) => Err("malformed_response"),
            Self::Reset => Err("network"),
            Self::Deadline => Err("timeout"),
        }
    }
}

impl Host {
    /// Sends a refresh under the host's own deadline, and parses the response. An error has the number of a request that was
    /// sent.
    pub(super) async fn send(
        &self,
        record: &StoredRecord,
        options: &CallOptions,
        marked_at: u64,
        fence: Option<u64>,
    ) -> Result<Issued, (Option<u64>, RequestError)> {
        let instance = self.instance;
        let (id, request, received) = {
            let mut world = self.sim.world();
            let world = &mut *world;
            let request = TokenRequest::refresh(world.server.client(), &as_response(&record.tokens), None);
            let request =
                request.map_err(|error| (None, world.failed(error.code.as_str(), error.retry_after)))?;
            let id = u64::try_from(world.server.ledger.requests.len()).unwrap_or(u64::MAX);
            let sent = Sent {
                instance,
                fence,
                refresh_token: record.refresh_token().to_owned(),
                access_token: record.access_token().to_owned(),
                options: options.clone(),
                counted: world.counted(instance, record),
                marked_at,
                sent_at: world.now,
                awaited: true,
                delivered_at: None,
                saved_at: None,
                gave_up_at: None,
                failed: None,
                pause: None,
            };
            world.server.ledger.requests.insert(id, sent);
            world.counts.count("requests");
            world.facts.push(Fact::Sent(id));
            world.note(|world| {
                format!("{instance} sends {} as #{id}", world.server.ledger.name(record.refresh_token()))
            });
            let received = world.deliver(Some(id), instance, as_sent(request.http()));
            (id, request, received)
        };
        let sent_at = self.now();
        let received = received.await;
        let mut world = self.sim.world();
        world.server.ledger.request(id, |sent| sent.awaited = false);
        let from = if world.has(Mutation::LifetimeFromResponse) { world.clock(instance) } else { sent_at };
        let parsed = world.parse(&request, &received, from);
        let (tokens, refusal) = match parsed {
            Ok(tokens) => (tokens, None),
            Err((error, refresh_token)) => {
                world.enter_failure(id, instance, &error);
                let Some(refresh_token) = refresh_token else { return Err((Some(id), error)) };
                world.counts.count("responses with nothing but a refresh token");
                if world.has(Mutation::DropRefused) {
                    world.enter_tokens(id, instance);
                    return Err((Some(id), error));
                }
                (Tokens { refresh_token, ..record.tokens.clone() }, Some(error))
            }
        };
        world.enter_tokens(id, instance);
        Ok(Issued { request: id, tokens, refusal })
    }
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A request of the core as the server gets it.
pub(super) fn as_sent(request: &http::Request) -> Request {
    let mut headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let authorization = request.authorization.as_ref();
    headers.extend(authorization.map(|value| ("authorization".to_owned(), value.expose().to_owned())));
    Request {
        method: "POST".to_owned(),
        url: request.url.clone(),
        headers,
        body: request.body.expose().as_bytes().to_vec(),
    }
}

/// Stored tokens, as a refresh reads them.
fn as_response(tokens: &Tokens) -> TokenResponse {
    TokenResponse {
        access_token: tokens.access_token.clone(),
        token_type: "Bearer".to_owned(),
        expires_at: tokens.expires_at,
        refresh_token: Some(tokens.refresh_token.clone()).filter(|token| !token.is_empty()),
        scope: None,
        id_token: None,
        accounts_server: None,
        api_domain: None,
        members: Vec::new(),
    }
}

impl World {
    /// Sends a request over the network, and promises what its sender receives. A token request has a number.
    pub(super) fn deliver(
        &mut self,
        id: Option<u64>,
        instance: Instance,
        request: Request,
    ) -> Promise<Received> {
        let delivery = Delivery::draw(self);
        let (promise, task) = (Promise::new(), self.current);
        if !self.has(Mutation::NoDeadline) {
            let late = promise.share();
            self.after(DEADLINE, move |world| {
                // After a pause, a process may see its timer before the response.
                if world.paused_until(instance) > 0 && world.rng.chance(500) {
                    late.replace(Received::Deadline);
                } else {
                    late.resolve(Received::Deadline);
                }
                world.schedule(0, Event::Wake(task));
            });
        }
        match (delivery.request, delivery.gateway) {
            (Loss::Vanishes, _) => {}
            (Loss::Resets, _) => self.reply(delivery.there, task, promise.share(), Received::Reset),
            (Loss::Arrives, Some(response)) => {
                let response = Received::Response(Box::new(response()));
                self.reply(delivery.there, task, promise.share(), response);
            }
            (Loss::Arrives, None) => {
                if let Some(later) = delivery.duplicate {
                    let copy = id.map(|request| Copy { request, is_duplicate: true });
                    let plain = Delivery { back: delivery.back, ..Delivery::default() };
                    let there = delivery.there.saturating_add(later);
                    let sender = (instance, task, promise.share());
                    self.arrive_later(there, copy, request.clone(), plain, sender);
                }
                let copy = id.map(|request| Copy { request, is_duplicate: false });
                let sender = (instance, task, promise.share());
                self.arrive_later(delivery.there, copy, request, delivery, sender);
            }
        }
        promise
    }

    fn arrive_later(
        &mut self,
        there: u64,
        copy: Option<Copy>,
        request: Request,
        delivery: Delivery,
        (instance, task, promise): (Instance, TaskId, Promise<Received>),
    ) {
        let arrive = move |world: &mut Self| {
            let mut response = world.arrive(copy, &request);
            if let Some(damage) = delivery.damage {
                damage(&mut response);
            }
            match delivery.response {
                Loss::Arrives => {
                    world.reply(delivery.back, task, promise, Received::Response(Box::new(response)));
                }
                Loss::Resets => world.reply(delivery.back, task, promise, Received::Reset),
                Loss::Vanishes => {}
            }
        };
        self.schedule(there, Event::Change(Some(instance), Box::new(arrive)));
    }

    /// The requests within a window that a record counts.
    fn counted(&self, instance: Instance, record: &StoredRecord) -> usize {
        let window = self.server.client().profile.budget.map_or(Duration::ZERO, |budget| budget.window);
        let now = self.clock(instance);
        record.requests.iter().filter(|time| now.since(**time) < window).count()
    }

    /// A copy of a request arrives at the server.
    fn arrive(&mut self, copy: Option<Copy>, request: &Request) -> Response {
        let now = self.seconds();
        let Some(copy) = copy else {
            let (response, handled) = self.server.handle_revocation(request, now);
            self.count_handled(handled);
            self.note(|_| format!("a revocation arrives: {} {handled:?}", response.status));
            return response;
        };
        let sent = self.server.ledger.requests.get(&copy.request);
        let (refresh_token, is_late, is_slow) = sent.map_or((String::new(), true, true), |sent| {
            let age = self.now.saturating_sub(sent.marked_at);
            (sent.refresh_token.clone(), !sent.awaited, age > DEADLINE)
        });
        if copy.is_duplicate || is_slow {
            self.server.ledger.counted_late.insert(refresh_token.clone());
        }
        let (response, handled) = self.server.handle(request, copy, now);
        self.note(|world| {
            let name = world.server.ledger.name(&refresh_token);
            let again = if copy.is_duplicate { " again" } else { "" };
            format!("#{} arrives{again} with {name}: {} {handled:?}", copy.request, response.status)
        });
        self.count_handled(handled);
        match handled {
            Handled::Throttled => self.facts.push(Fact::Throttled(refresh_token)),
            Handled::ReuseDetected | Handled::ReuseRefused => {
                self.facts.push(Fact::Reused { refresh_token, copy, is_late });
            }
            Handled::Responded | Handled::ReuseAccepted | Handled::Expired | Handled::RevocationIgnored => {}
        }
        response
    }

    fn count_handled(&mut self, handled: Handled) {
        if let Some(name) = handled.name() {
            self.counts.count(name);
        }
    }
}
