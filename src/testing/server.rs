//! The state, and which part of it answers a request.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::call::{self, Call};
use super::date;
use super::failure::Failures;
use super::http::{Fault, Request, Response};
use super::issued::Issued;
use super::limits::Windows;
use super::list::Promised;
use super::options::{self, CallbackVariant, Client, DEFAULT_NOW, Misuse, Options, User};
use super::origins::{Origins, Service};
use super::page;
use super::random::Random;
use super::records::Edits;
use super::regions;

/// A Zoho of one's own: every data centre, its users, clients and records.
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
    pub(super) windows: Windows,
    pub(super) origins: Origins,
    pub(super) edits: Edits,
    pub(super) promised: Promised,
    failures: Failures,
    log: Vec<LogEntry>,
}

/// One request that was received. It holds no secret: paths stand without their queries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// In capitals.
    pub method: String,
    /// The real host, also where the fake is served at another origin.
    pub host: String,
    /// Without the query.
    pub path: String,
    /// Of a token request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// HTTP status; 0 for a host that does not exist.
    pub status: u16,
    /// The `error` or `code` of the answer, or the title of an error page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the transport does to the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
}

impl FakeZoho {
    /// A fake at the beginning of its time.
    ///
    /// # Errors
    ///
    /// A data centre that is not known, or a client or user given twice.
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
            windows: Windows::default(),
            origins: Origins::default(),
            edits: Edits::default(),
            promised: Promised::default(),
            failures: Failures::default(),
            log: Vec::new(),
        })
    }

    /// Answers one request, and writes it into the log.
    pub fn handle(&mut self, request: &Request) -> Response {
        let (answer, host, grant_type) = match Call::read(request, &self.origins) {
            Some(call) => {
                let grant_type = call.parameter("grant_type").filter(|_| call.path == "/oauth/v2/token");
                // RFC 9110 6.6.1.
                let date = date::imf(self.now);
                (
                    self.answer(&call).header("date", &date),
                    call.origin.trim_start_matches("https://").to_owned(),
                    grant_type.map(str::to_owned),
                )
            }
            None => {
                let mut nothing = Response::empty(0);
                nothing.fault = Some(Fault::UnknownHost);
                let (origin, _, _) = call::split(&request.url);
                let host = origin.split_once("://").map_or("", |(_, host)| host);
                (nothing, host.to_owned(), None)
            }
        };
        let (_, path, _) = call::split(&request.url);
        self.log.push(LogEntry {
            method: request.method.to_ascii_uppercase(),
            host,
            path,
            grant_type,
            status: answer.status,
            error: answer.error.clone(),
            fault: answer.fault.map(Fault::name),
        });
        answer
    }

    fn answer(&mut self, call: &Call<'_>) -> Response {
        match self.failures.next(call) {
            Some(way) => way.apply(|| self.route(call)),
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
            "/oauth/serverinfo" if call.is("GET") => self.server_info(),
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

    /// Unix seconds on the fake's own clock.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Moves the clock forward; nothing else moves it.
    pub fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    /// Every user removes every app: all codes and tokens are dead, and the next consent is a first one.
    pub fn revoke_all(&mut self) {
        self.issued = Issued::default();
    }

    /// Makes the next `times` answers of an endpoint (`token`, `revoke` or `api`) fail in a named way, after those
    /// failures that are already queued for it; 0 times removes the queued ones. [`ways`](super::ways) lists the names.
    ///
    /// A way that stands *instead* of an answer leaves the server as it was; one that damages an answer does so *after*
    /// the server did its work, so that a token may have been issued and lost.
    ///
    /// # Errors
    ///
    /// An endpoint or a way that is not known.
    pub fn fail(&mut self, endpoint: &str, how: &str, times: u32) -> Result<(), Misuse> {
        self.failures.queue(endpoint, how, times)
    }

    /// Says under which origin a real one is reached. Requests are routed by either, and answers print the bound one.
    ///
    /// # Errors
    ///
    /// `real` is no origin of a data centre.
    pub fn bind_origin(&mut self, real: &str, public: &str) -> Result<(), Misuse> {
        self.origins.bind(real, public)
    }

    /// Answers print real origins again.
    pub fn unbind_origins(&mut self) {
        self.origins = Origins::default();
    }

    /// Every request received, in order.
    #[must_use]
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    pub(super) fn client(&self, id: &str) -> Option<&Arc<Client>> {
        self.clients.iter().find(|client| client.id == id)
    }
}
