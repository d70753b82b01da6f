//! The state of the fake, and the routes of its requests.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::call::{self, Call};
use super::changes::{Edits, PageTokens};
use super::date;
use super::failure::Failures;
use super::http::{Fault, Request, Response};
use super::issued::Issued;
use super::limits::RateLimits;
use super::misuse::Misuse;
use super::options::{self, CallbackVariant, Client, DEFAULT_NOW, Options, User};
use super::origins::{Origins, Service};
use super::page;
use super::random::Random;
use super::regions;

/// A fake Zoho: every data centre with its users, clients and records.
#[derive(Clone)]
pub struct FakeZoho {
    pub(super) now: u64,
    pub(super) started: u64,
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) callback: CallbackVariant,
    pub(super) clients: Vec<Arc<Client>>,
    pub(super) users: Vec<Arc<User>>,
    pub(super) issued: Issued,
    pub(super) rate_limits: RateLimits,
    pub(super) origins: Origins,
    pub(super) edits: Edits,
    pub(super) page_tokens: PageTokens,
    failures: Failures,
    log: Vec<LogEntry>,
}

/// One request that was received. It has no secret, since the path has no query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// The method, in upper case.
    pub method: String,
    /// The real host, also when the fake is served at another origin.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// The `grant_type` of a token request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// The HTTP status; 0 for a host that does not exist.
    pub status: u16,
    /// The `error` or `code` of the response, the title of an error page, or the name of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The name of the [`Fault`] that the transport adds to the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
}

impl FakeZoho {
    /// A new fake.
    ///
    /// # Errors
    /// An unknown data centre, or a duplicate client or user.
    pub fn new(options: Options) -> Result<Self, Misuse> {
        let now = options.now.unwrap_or(DEFAULT_NOW);
        Ok(Self {
            now,
            started: now,
            seed: options.seed,
            random: Random::new(options.seed),
            callback: options.callback,
            clients: options::clients(options.clients)?,
            users: options::users(options.users)?,
            issued: Issued::default(),
            rate_limits: RateLimits::default(),
            origins: Origins::default(),
            edits: Edits::default(),
            page_tokens: PageTokens::default(),
            failures: Failures::default(),
            log: Vec::new(),
        })
    }

    /// Responds to a request, and logs it.
    pub fn handle(&mut self, request: &Request) -> Response {
        let (response, host, grant_type) = match Call::parse(request, &self.origins) {
            Some(call) => {
                let grant_type = call.parameter("grant_type").filter(|_| call.path == "/oauth/v2/token");
                // RFC 9110 section 6.6.1.
                let date = date::http_date(self.now);
                (
                    self.respond(&call).header("date", &date),
                    call.origin.trim_start_matches("https://").to_owned(),
                    grant_type.map(str::to_owned),
                )
            }
            None => {
                let mut unknown = Response::empty(0);
                unknown.fault = Some(Fault::UnknownHost);
                let (origin, _, _) = call::split(&request.url);
                let host = origin.split_once("://").map_or("", |(_, host)| host);
                (unknown, host.to_owned(), None)
            }
        };
        let (_, path, _) = call::split(&request.url);
        self.log.push(LogEntry {
            method: request.method.to_ascii_uppercase(),
            host,
            path,
            grant_type,
            status: response.status,
            error: response.error.clone(),
            fault: response.fault.map(Fault::name),
        });
        response
    }

    fn respond(&mut self, call: &Call<'_>) -> Response {
        match self.failures.next(call) {
            Some(failure) => failure.apply(|| self.route(call)),
            None => self.route(call),
        }
    }

    fn route(&mut self, call: &Call<'_>) -> Response {
        if call.service != Service::Accounts {
            return self.crm(call);
        }
        match call.path.as_str() {
            "/oauth/v2/auth" => self.authorize(call),
            "/oauth/v2/token" => self.token(call),
            "/oauth/v2/token/revoke" => self.revoke_unauthenticated(call),
            "/oauth/v2/revoke/token" => self.revoke(call),
            "/oauth/serverinfo" if call.is_method("GET") => self.server_info(),
            _ => page::error(404, "Page Not Found"),
        }
    }

    fn server_info(&self) -> Response {
        let locations: serde_json::Map<_, _> = regions::all()
            .iter()
            .map(|region| (region.location.to_owned(), self.origins.public(&region.accounts_server).into()))
            .collect();
        Response::json(200, &json!({ "result": "success", "locations": locations }))
    }

    /// The time of the fake's clock in Unix seconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Advances the clock, which nothing else changes.
    pub fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    /// Revokes every code and token, as if each user removed each app. The next consent of each user counts as the
    /// first.
    pub fn revoke_all(&mut self) {
        self.issued = Issued::default();
    }

    /// Queues a failure for the next `times` responses of an endpoint (`token`, `revoke` or `api`), after those already
    /// queued; 0 removes the queued ones. [`ways`](super::ways) lists the names of failures.
    ///
    /// A failure that replaces the response changes no state. One that changes the response follows the work of the
    /// server, so that a token may have been issued and lost.
    ///
    /// # Errors
    /// An unknown endpoint or failure.
    pub fn fail(&mut self, endpoint: &str, how: &str, times: u32) -> Result<(), Misuse> {
        self.failures.queue(endpoint, how, times)
    }

    /// Serves a real origin at another one. Requests are routed by either, and responses name the bound one.
    ///
    /// # Errors
    /// `real` is not an origin of a data centre.
    pub fn bind_origin(&mut self, real: &str, public: &str) -> Result<(), Misuse> {
        self.origins.bind(real, public)
    }

    /// Removes all bindings: responses name real origins again.
    pub fn unbind_origins(&mut self) {
        self.origins = Origins::default();
    }

    /// The requests that were received, in order.
    #[must_use]
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    pub(super) fn client(&self, id: &str) -> Option<&Arc<Client>> {
        self.clients.iter().find(|client| client.id == id)
    }
}
