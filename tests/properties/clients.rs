//! Two clients, and the secrets that they hold.

use std::sync::LazyLock;
use std::time::Duration;

use grantkit::{
    AuthorizationServer, Client, ClientConfig, Pending, Response, TokenRequest, TokenResponse, UnixTime,
    provider,
};

pub const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
pub const STATE: &str = "state-of-the-attempt-9d1f";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const REFRESH_TOKEN: &str = "refresh-token-7c20ab";
pub const SECRET: &str = "client-secret-31c8";
pub const REDIRECT_URI: &str = "https://client.example.com/cb";
pub const ZOHO: &str = "https://accounts.zoho.com";
pub const PLAIN: &str = "https://server.example.com";

pub fn zoho() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let profile = provider::zoho().unwrap();
        client("1000.PROPERTIES", AuthorizationServer { profile, ..AuthorizationServer::default() })
    });
    &CLIENT
}

pub fn plain() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let server = AuthorizationServer {
            issuer: Some(PLAIN.to_owned()),
            authorization_endpoint: Some("https://server.example.com/authorize".to_owned()),
            token_endpoint: Some("https://server.example.com/token".to_owned()),
            revocation_endpoint: Some("https://server.example.com/revoke".to_owned()),
            ..AuthorizationServer::default()
        };
        client("plain", server)
    });
    &CLIENT
}

fn client(client_id: &str, server: AuthorizationServer) -> Client {
    Client::new(ClientConfig {
        server,
        client_id: client_id.to_owned(),
        client_secret: SECRET.into(),
        redirect_uri: Some(REDIRECT_URI.to_owned()),
        ..ClientConfig::default()
    })
    .unwrap()
}

pub fn pending(issuer: &str) -> Pending {
    Pending {
        state: STATE.into(),
        code_verifier: VERIFIER.into(),
        issuer: issuer.to_owned(),
        redirect_uri: REDIRECT_URI.to_owned(),
        created_at: NOW,
        expires_at: NOW + Duration::from_secs(600),
        offline: false,
        return_to: None,
    }
}

/// Tokens with [`REFRESH_TOKEN`], as the exchange of a code brings them.
pub fn tokens(client: &Client) -> TokenResponse {
    let body = format!(
        r#"{{"access_token":"access-token-of-the-exchange","refresh_token":"{REFRESH_TOKEN}","scope":"a","token_type":"Bearer"}}"#
    );
    let response = Response { status: 200, retry_after: None, body: body.as_bytes() };
    TokenRequest::code(client, "code", None).unwrap().parse(client, &response, NOW).unwrap()
}

/// A refresh with [`REFRESH_TOKEN`].
pub fn refresh(client: &Client) -> TokenRequest {
    TokenRequest::refresh(client, &tokens(client), None).unwrap()
}

pub fn shows_none(text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is shown: {text}");
    }
}
