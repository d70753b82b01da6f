//! Two clients, and what they hold.

use grantkit::oauth::authorization_request::Pending;
use grantkit::oauth::client::{self, ClientConfig};
use grantkit::oauth::metadata::AuthorizationServer;
use grantkit::text::secret::Secret;
use proptest::test_runner::{Config, RngSeed};

pub const NOW: i64 = 1_800_000_000;
pub const STATE: &str = "state-of-the-attempt-9d1f";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const REFRESH_TOKEN: &str = "refresh-token-7c20ab";
pub const SECRET: &str = "client-secret-31c8";
pub const REDIRECT_URI: &str = "https://client.example.com/cb";
pub const ZOHO: &str = "https://accounts.zoho.com";
pub const PLAIN: &str = "https://server.example.com";

/// The same cases in every run.
pub fn cases(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(0x6772_616e), failure_persistence: None, ..Config::default() }
}

pub fn zoho() -> Secret {
    client::pack(&ClientConfig {
        server: AuthorizationServer { profile: Some("zoho"), ..AuthorizationServer::default() },
        ..of("1000.PROPERTIES")
    })
    .unwrap()
}

pub fn plain() -> Secret {
    client::pack(&ClientConfig {
        server: AuthorizationServer {
            issuer: Some(PLAIN),
            authorization_endpoint: Some("https://server.example.com/authorize"),
            token_endpoint: Some("https://server.example.com/token"),
            revocation_endpoint: Some("https://server.example.com/revoke"),
            ..AuthorizationServer::default()
        },
        ..of("plain")
    })
    .unwrap()
}

fn of(client_id: &str) -> ClientConfig<'_> {
    ClientConfig {
        client_id,
        client_secret: vec![("", SECRET.into())],
        redirect_uri: Some(REDIRECT_URI),
        ..ClientConfig::default()
    }
}

pub fn pending(issuer: &str) -> Pending<'_> {
    Pending {
        state: STATE.into(),
        code_verifier: VERIFIER.into(),
        issuer,
        redirect_uri: REDIRECT_URI,
        created_at: NOW,
        expires_at: NOW + 600,
        offline: false,
        return_to: None,
    }
}

pub fn shows_none(text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is shown: {text}");
    }
}
