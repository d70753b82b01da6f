//! The authorization server of a world, its user, and the resource server beside it.

use serde_json::Value;

use super::ledger::{Copy, Ledger};
use super::rotating::Rotating;
use super::setting::{Kind, Setting};
use crate::manager::record::Record;
use crate::oauth::client::{self, Client, ClientConfig};
use crate::oauth::error::Error;
use crate::oauth::metadata::AuthorizationServer;
use crate::testing::{
    DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, FakeZoho, Misuse, Options, Request, Response,
};
use crate::text::form;
use crate::text::secret::{Secret, SecretStr};

const ZOHO_TOKEN: &str = "https://accounts.zoho.com/oauth/v2/token";

/// What the server did with a request, beyond its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing to speak of.
    Answered,
    /// Refused it for its number.
    Throttled,
    /// Took a refresh token that was spent as a sign of theft, and killed the grant.
    KilledFamily,
}

enum Engine {
    Zoho(Box<FakeZoho>),
    Rotating(Rotating),
}

/// A server.
pub(super) struct Server {
    engine: Engine,
    /// The client, packed.
    client: Secret,
    life: u64,
    pub(super) ledger: Ledger,
}

impl Server {
    pub(super) fn new(setting: &Setting, seed: u64, now: u64) -> Result<Self, Misuse> {
        let engine = match setting.kind {
            Kind::Zoho => {
                let options = Options { seed, now: Some(now), ..Options::default() };
                Engine::Zoho(Box::new(FakeZoho::new(options)?))
            }
            Kind::Rotating => Engine::Rotating(Rotating::new(seed, setting.life)),
        };
        let client = pack(setting.kind).map_err(|error| Misuse::new(error.to_string()))?;
        Ok(Self { engine, client, life: setting.life, ledger: Ledger::default() })
    }

    /// The client that all processes are.
    pub(super) fn client(&self) -> Result<Client<'_>, Error> {
        Client::unpack(self.client.expose())
    }

    /// Answers a token request.
    pub(super) fn handle(&mut self, request: &Request, copy: Copy, now: u64) -> (Response, Deed) {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let mut pairs = form::pairs(&body);
        let sent = pairs.find(|(name, _)| name == "refresh_token").map(|(_, value)| value.into_owned());
        let sent = sent.unwrap_or_default();
        let (answer, deed) = match &mut self.engine {
            Engine::Zoho(zoho) => {
                zoho.advance(now.saturating_sub(zoho.now()));
                let answer = zoho.handle(request);
                let throttled = answer.error.as_deref() == Some("Access Denied");
                (answer, if throttled { Deed::Throttled } else { Deed::Answered })
            }
            Engine::Rotating(rotating) => {
                let deed = if rotating.is_spent(&sent) { Deed::KilledFamily } else { Deed::Answered };
                (rotating.refresh(&sent, now), deed)
            }
        };
        if self.note(&answer, now, Some(copy.request)).is_some() && matches!(self.engine, Engine::Rotating(_))
        {
            self.ledger.spent_by.insert(sent, copy.request);
        }
        (answer, deed)
    }

    /// Writes down what an answer issues.
    fn note(&mut self, answer: &Response, now: u64, request: Option<u64>) -> Option<Record> {
        let members: Value = serde_json::from_slice(&answer.body).ok()?;
        let text = |name| members.get(name).and_then(Value::as_str);
        let access_token = text("access_token")?;
        let refresh_token = text("refresh_token");
        let ends = now.saturating_add(self.life);
        self.ledger.issue(access_token, ends, refresh_token, request);
        Some(Record {
            tokens: Secret::from(String::from_utf8_lossy(&answer.body).into_owned()),
            access_token: Secret::from(access_token.to_owned()),
            refresh_token: Secret::from(refresh_token.unwrap_or_default().to_owned()),
            expires_at: i64::try_from(ends).ok(),
            ..Record::default()
        })
    }

    /// The user consents; none where the server makes him wait.
    pub(super) fn connect(&mut self, now: u64) -> Option<Record> {
        let answer = match &mut self.engine {
            Engine::Zoho(zoho) => {
                zoho.advance(now.saturating_sub(zoho.now()));
                let scope = "ZohoCRM.modules.ALL";
                let code = zoho.self_client_code(DEFAULT_CLIENT_ID, scope, None, None).ok()?;
                zoho.handle(&Request::post(
                    ZOHO_TOKEN,
                    &[
                        ("grant_type", "authorization_code"),
                        ("client_id", DEFAULT_CLIENT_ID),
                        ("client_secret", DEFAULT_CLIENT_SECRET),
                        ("code", &code),
                    ],
                ))
            }
            Engine::Rotating(rotating) => rotating.connect(now),
        };
        self.note(&answer, now, None)
    }

    /// The user takes every consent back.
    pub(super) fn revoke_all(&mut self) {
        match &mut self.engine {
            Engine::Zoho(zoho) => zoho.revoke_all(),
            Engine::Rotating(rotating) => rotating.revoke_all(),
        }
    }

    /// Whether a refresh with this token would bring one.
    pub(super) fn is_alive(&self, refresh_token: &str) -> bool {
        match &self.engine {
            Engine::Zoho(zoho) => zoho.issued.refresh_token(refresh_token).is_some(),
            Engine::Rotating(rotating) => rotating.is_alive(refresh_token),
        }
    }

    /// Whether a resource server takes this access token.
    pub(super) fn takes(&self, access_token: &str, now: u64) -> bool {
        match &self.engine {
            Engine::Zoho(zoho) => zoho.issued.access_token(access_token, now).is_some(),
            Engine::Rotating(rotating) => rotating.takes(access_token, now),
        }
    }
}

fn pack(kind: Kind) -> Result<Secret, Error> {
    let (server, client_id, client_secret) = match kind {
        Kind::Zoho => {
            let server = AuthorizationServer { profile: Some("zoho"), ..AuthorizationServer::default() };
            (server, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        }
        Kind::Rotating => {
            let server = AuthorizationServer {
                issuer: Some("https://as.example"),
                authorization_endpoint: Some("https://as.example/authorize"),
                token_endpoint: Some("https://as.example/token"),
                ..AuthorizationServer::default()
            };
            (server, "client", "secret")
        }
    };
    let client_secret = vec![("", SecretStr::from(client_secret))];
    client::pack(&ClientConfig { server, client_id, client_secret, ..ClientConfig::default() })
}
