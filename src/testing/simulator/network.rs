//! The network between a process and the authorization server: it loses, delays, doubles, reorders and damages, and has
//! gateways that answer instead of the server.

use super::fact::Fact;
use super::fate::{Fate, Loss};
use super::host::{Host, Want};
use super::ledger::{Copy, Sent};
use super::mutation::Mutation;
use super::process::Life;
use super::promise::Promise;
use super::server::Deed;
use super::world::{Event, TaskId, World};
use crate::flow::refresh::Outcome;
use crate::manager::record::Record;
use crate::oauth::http::{Answer, MAX_BODY};
use crate::oauth::profile::Profile;
use crate::oauth::token_request::{self, Earlier};
use crate::oauth::token_response::{self, TokenSet};
use crate::testing::{Request, Response};
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// Milliseconds after which a process gives a request up, as `OAuthClient` does unless told otherwise.
pub(super) const DEADLINE: u64 = 10_000;

/// What a process gets to see.
enum Arrival {
    Answer(Box<Response>),
    Reset,
    Deadline,
}

impl Host {
    /// Sends a refresh, under the host's own deadline, and judges the answer.
    pub(super) async fn send(
        &self,
        record: &Record,
        want: &Want,
        marked_at: u64,
        fence: Option<u64>,
    ) -> Result<(u64, Record), Outcome> {
        let life = self.life;
        let (id, exchange, arrival) = {
            let mut world = self.sim.world();
            let world = &mut *world;
            let refresh_token = record.refresh_token.expose();
            let earlier = Earlier {
                refresh_token: refresh_token.into(),
                accounts_server: "",
                api_domain: "",
                scope: "",
            };
            let client = world.server.client().map_err(|_| Outcome::Refused)?;
            let exchange = token_request::refresh(&client, &earlier, None).map_err(|_| Outcome::Refused)?;
            let request = as_sent(&exchange);
            let id = u64::try_from(world.server.ledger.requests.len()).unwrap_or(u64::MAX);
            world.server.ledger.requests.insert(
                id,
                Sent {
                    life,
                    fence,
                    refresh_token: refresh_token.to_owned(),
                    access_token: record.access_token.expose().to_owned(),
                    want: want.clone(),
                    marked_at,
                    sent_at: world.now,
                    awaited: true,
                    delivered: false,
                    saved_at: None,
                    unsaved: false,
                },
            );
            world.counts.count("requests");
            world.facts.push(Fact::Sent(id));
            world.note(|world| format!("{life} sends {} as #{id}", world.server.ledger.name(refresh_token)));
            (id, exchange, world.depart(id, life, request))
        };
        let asked_at = self.now();
        let arrival = arrival.await;
        let mut world = self.sim.world();
        world.server.ledger.request(id, |sent| sent.awaited = false);
        let from = if world.has(Mutation::LifeFromAnswer) { world.clock(life) } else { asked_at };
        let judged = world.judge(&exchange, arrival, from);
        let shown = judged.as_ref().map_or_else(|outcome| format!("{outcome:?}"), |_| "tokens".to_owned());
        world.note(|_| format!("{life} gets {shown} for #{id}"));
        let issued = judged?;
        world.server.ledger.request(id, |sent| sent.delivered = true);
        Ok((id, issued))
    }
}

fn as_sent(exchange: &token_request::Exchange) -> Request {
    let (request, _) = exchange.parts();
    let mut headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    headers
        .extend(request.authorization.map(|value| ("authorization".to_owned(), value.expose().to_owned())));
    Request {
        method: "POST".to_owned(),
        url: request.url.to_owned(),
        headers,
        body: request.body.expose().as_bytes().to_vec(),
    }
}

fn issued(tokens: &TokenSet) -> Record {
    let copy = |secret: &Secret| Secret::from(secret.expose().to_owned());
    Record {
        tokens: tokens.to_json(),
        access_token: copy(&tokens.access_token),
        refresh_token: tokens.refresh_token.as_ref().map(copy).unwrap_or_default(),
        expires_at: tokens.expires_at,
        ..Record::default()
    }
}

impl World {
    /// Lets a request go, and promises what its sender will see.
    fn depart(&mut self, id: u64, life: Life, request: Request) -> Promise<Arrival> {
        let fate = Fate::draw(self);
        let (promise, task) = (Promise::new(), self.current);
        if !self.has(Mutation::NoDeadline) {
            let late = promise.share();
            self.after(DEADLINE, move |world| {
                // On waking up from a long sleep, a process may see its timer before the answer.
                if world.paused_until(life) > 0 && world.dice.chance(500) {
                    late.keep_instead(Arrival::Deadline);
                } else {
                    late.keep(Arrival::Deadline);
                }
                world.schedule(0, Event::Wake(task));
            });
        }
        match (fate.request, fate.instead) {
            (Loss::Vanishes, _) => {}
            (Loss::Resets, _) => self.tell(fate.there, task, promise.share(), Arrival::Reset),
            (Loss::Arrives, Some(answer)) => {
                let answer = Arrival::Answer(Box::new(answer()));
                self.tell(fate.there, task, promise.share(), answer);
            }
            (Loss::Arrives, None) => {
                if let Some(later) = fate.double {
                    let copy = Copy { request: id, is_double: true };
                    let plain = Fate { back: fate.back, ..Fate::default() };
                    let there = fate.there.saturating_add(later);
                    self.arrive_later(there, copy, request.clone(), plain, (task, promise.share()));
                }
                let copy = Copy { request: id, is_double: false };
                self.arrive_later(fate.there, copy, request, fate, (task, promise.share()));
            }
        }
        promise
    }

    fn arrive_later(
        &mut self,
        there: u64,
        copy: Copy,
        request: Request,
        fate: Fate,
        (task, promise): (TaskId, Promise<Arrival>),
    ) {
        let life = self.server.ledger.requests.get(&copy.request).map(|sent| sent.life);
        let arrive = move |world: &mut Self| {
            let mut answer = world.arrive(copy, &request);
            if let Some(damage) = fate.damage {
                damage(&mut answer);
            }
            match fate.answer {
                Loss::Arrives => world.tell(fate.back, task, promise, Arrival::Answer(Box::new(answer))),
                Loss::Resets => world.tell(fate.back, task, promise, Arrival::Reset),
                Loss::Vanishes => {}
            }
        };
        self.schedule(there, Event::Effect(life, Box::new(arrive)));
    }

    /// A copy of a request reaches the server.
    fn arrive(&mut self, copy: Copy, request: &Request) -> Response {
        let now = self.seconds();
        let sent = self.server.ledger.requests.get(&copy.request);
        let (refresh_token, is_late, is_slow) = sent.map_or((String::new(), true, true), |sent| {
            let age = self.now.saturating_sub(sent.marked_at);
            (sent.refresh_token.clone(), !sent.awaited, age > DEADLINE)
        });
        if copy.is_double || is_slow {
            self.server.ledger.loose.insert(refresh_token.clone());
        }
        let (answer, deed) = self.server.handle(request, copy, now);
        self.note(|world| {
            let name = world.server.ledger.name(&refresh_token);
            let double = if copy.is_double { " again" } else { "" };
            format!("#{} arrives{double} with {name}: {} {deed:?}", copy.request, answer.status)
        });
        match deed {
            Deed::Answered => {}
            Deed::Throttled => {
                self.counts.count("requests throttled");
                self.facts.push(Fact::Throttled(refresh_token));
            }
            Deed::KilledFamily => {
                self.counts.count("families killed");
                self.facts.push(Fact::KilledFamily { refresh_token, copy, is_late });
            }
        }
        answer
    }

    /// What an arrival means.
    fn judge(
        &self,
        exchange: &token_request::Exchange,
        arrival: Arrival,
        now: UnixTime,
    ) -> Result<Record, Outcome> {
        let failed = |code: &str, wait: u32, profile: &Profile| match self.has(Mutation::DeadOnFailure) {
            true => Outcome::Dead,
            false => Outcome::of(code, i64::from(wait), profile),
        };
        let client = self.server.client().map_err(|_| Outcome::Refused)?;
        let answer = match arrival {
            Arrival::Answer(answer) if answer.body.len() <= MAX_BODY => answer,
            Arrival::Answer(_) => return Err(failed("malformed_response", 0, client.profile)),
            Arrival::Reset => return Err(failed("network", 0, client.profile)),
            Arrival::Deadline => return Err(failed("timeout", 0, client.profile)),
        };
        if answer.status >= 500 && self.has(Mutation::ReplaceOn5xx) {
            return Ok(Record::default());
        }
        let (_, expectation) = exchange.parts();
        let retry_after = answer.find("retry-after");
        let answer = Answer { status: answer.status, retry_after, body: &answer.body };
        token_response::judge(&client, &expectation, answer, now)
            .map(|tokens| issued(&tokens))
            .map_err(|error| failed(error.code.as_str(), error.retry_after.unwrap_or(0), client.profile))
    }
}
