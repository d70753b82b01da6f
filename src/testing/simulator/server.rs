//! The authorization server of a world with its user, and the resource server.

use std::sync::OnceLock;

use serde_json::Value;

use super::handled::Handled;
use super::ledger::{Copy, Ledger};
use super::process::unix_time;
use super::record::{StoredRecord, Tokens};
use super::rotating::Rotating;
use super::settings::{Kind, Settings};
use crate::oauth::client::{Client, ClientConfig};
use crate::oauth::metadata::AuthorizationServer;
use crate::oauth::profile::Profile;
use crate::oauth::region::PerRegion;
use crate::provider;
use crate::testing::http::{Request, Response};
use crate::testing::misuse::Misuse;
use crate::testing::options::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Options};
use crate::testing::server::FakeZoho;
use crate::text::form;
use crate::text::secret::Secret;

const ZOHO_TOKEN: &str = "https://accounts.zoho.com/oauth/v2/token";

enum Engine {
    Zoho(Box<FakeZoho>),
    Rotating(Rotating),
}

/// A server.
pub(super) struct Server {
    engine: Engine,
    client: Client,
    lifetime: u64,
    /// The time, in seconds.
    pub(super) now: u64,
    pub(super) ledger: Ledger,
}

impl Server {
    pub(super) fn new(settings: &Settings, seed: u64, now: u64) -> Result<Self, Misuse> {
        let engine = match settings.kind {
            Kind::Zoho => {
                let options = Options { seed, now: Some(now), ..Options::default() };
                Engine::Zoho(Box::new(FakeZoho::new(options)?))
            }
            Kind::Rotating => Engine::Rotating(Rotating::new(seed, settings.lifetime, settings.rotation)),
        };
        Ok(Self {
            engine,
            client: client(settings.kind)?,
            lifetime: settings.lifetime,
            now,
            ledger: Ledger::default(),
        })
    }

    /// The client that all processes share.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Responds to a token request.
    pub(super) fn handle(&mut self, request: &Request, copy: Copy, now: u64) -> (Response, Handled) {
        let sent = parameter(request, "refresh_token");
        let (response, handled) = match &mut self.engine {
            Engine::Zoho(zoho) => {
                zoho.advance(now.saturating_sub(zoho.now()));
                let response = zoho.handle(request);
                let is_throttled = response.error.as_deref() == Some("Access Denied");
                (response, if is_throttled { Handled::Throttled } else { Handled::Responded })
            }
            Engine::Rotating(rotating) => rotating.refresh(&sent, now),
        };
        let issued = self.issued(&response, now, Some(copy.request));
        if issued.is_some() && matches!(self.engine, Engine::Rotating(_)) {
            self.ledger.used_by.entry(sent).or_insert(copy.request);
        }
        (response, handled)
    }

    /// Responds to a revocation request.
    pub(super) fn handle_revocation(&mut self, request: &Request, now: u64) -> (Response, Handled) {
        let token = parameter(request, "token");
        self.ledger.revoked.insert(token.clone());
        match &mut self.engine {
            Engine::Zoho(zoho) => {
                zoho.advance(now.saturating_sub(zoho.now()));
                (zoho.handle(request), Handled::Responded)
            }
            Engine::Rotating(rotating) => rotating.revoke(&token),
        }
    }

    /// Enters what a response issues into the ledger.
    fn issued(&mut self, response: &Response, now: u64, request: Option<u64>) -> Option<StoredRecord> {
        let members: Value = serde_json::from_slice(&response.body).ok()?;
        let text = |name| members.get(name).and_then(Value::as_str);
        let access_token = text("access_token")?;
        let refresh_token = text("refresh_token");
        let expires_at = now.saturating_add(self.lifetime);
        self.ledger.issue(access_token, expires_at, refresh_token, request);
        let tokens = Tokens {
            access_token: access_token.into(),
            refresh_token: refresh_token.unwrap_or_default().into(),
            expires_at: Some(unix_time(expires_at.saturating_mul(1000))),
        };
        Some(StoredRecord { tokens, ..StoredRecord::default() })
    }

    /// The user consents; none if the server throttles consents.
    pub(super) fn connect(&mut self, now: u64) -> Option<StoredRecord> {
        let response = match &mut self.engine {
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
        self.issued(&response, now, None)
    }

    /// The user revokes every consent.
    pub(super) fn revoke_all(&mut self) {
        match &mut self.engine {
            Engine::Zoho(zoho) => zoho.revoke_all(),
            Engine::Rotating(rotating) => rotating.revoke_all(),
        }
    }

    /// Whether the server accepts this refresh token, and it has not been used.
    pub(super) fn is_valid(&self, refresh_token: &str) -> bool {
        match &self.engine {
            Engine::Zoho(zoho) => zoho.issued.refresh_token(refresh_token).is_some(),
            Engine::Rotating(rotating) => rotating.is_valid(refresh_token, self.now),
        }
    }

    /// Whether this refresh token has expired.
    pub(super) fn has_expired(&self, refresh_token: &str) -> bool {
        match &self.engine {
            Engine::Zoho(_) => false,
            Engine::Rotating(rotating) => rotating.has_expired(refresh_token, self.now),
        }
    }

    /// Whether this refresh token of a valid grant was used, so that the server does not accept it.
    pub(super) fn is_used(&self, refresh_token: &str) -> bool {
        match &self.engine {
            Engine::Zoho(_) => false,
            Engine::Rotating(rotating) => rotating.is_used(refresh_token, self.now),
        }
    }

    /// Whether a resource server accepts this access token.
    pub(super) fn accepts(&self, access_token: &str, now: u64) -> bool {
        match &self.engine {
            Engine::Zoho(zoho) => zoho.issued.access_token(access_token, now).is_some(),
            Engine::Rotating(rotating) => rotating.accepts(access_token, now),
        }
    }
}

fn parameter(request: &Request, name: &str) -> String {
    let body = String::from_utf8_lossy(&request.body);
    let found = form::pairs(&body).find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The row, which is parsed once for all worlds.
fn zoho() -> Result<Profile, Misuse> {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    if let Some(profile) = PROFILE.get() {
        return Ok(profile.clone());
    }
    let profile = provider::zoho().map_err(|error| Misuse::new(error.to_string()))?;
    Ok(PROFILE.get_or_init(|| profile).clone())
}

fn client(kind: Kind) -> Result<Client, Misuse> {
    let (server, client_id, client_secret) = match kind {
        Kind::Zoho => {
            let server = AuthorizationServer { profile: zoho()?, ..AuthorizationServer::default() };
            (server, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        }
        Kind::Rotating => {
            let server = AuthorizationServer {
                issuer: Some("https://as.example".to_owned()),
                authorization_endpoint: Some("https://as.example/authorize".to_owned()),
                token_endpoint: Some("https://as.example/token".to_owned()),
                revocation_endpoint: Some("https://as.example/revoke".to_owned()),
                ..AuthorizationServer::default()
            };
            (server, "client", "secret")
        }
    };
    let client_secret = PerRegion { default: Some(Secret::from(client_secret)), ..PerRegion::default() };
    let client_id = client_id.to_owned();
    let config = ClientConfig { server, client_id, client_secret, ..ClientConfig::default() };
    Client::new(config).map_err(|error| Misuse::new(error.message.clone()))
}
