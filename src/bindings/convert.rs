//! Between fields of a frame and values of the core.

use crate::protocol::client::ClientConfig;
use crate::protocol::frame::Reader;
use crate::protocol::grant::Earlier;
use crate::protocol::server::AuthorizationServer;

/// Client_id, token_endpoint_auth_method, redirect_uri; of the server profile, location, issuer, authorization_endpoint,
/// token_endpoint, revocation_endpoint, whether it sends iss; then a name, a data centre and a text for each
/// client_secret, accounts_server and api_domain.
pub(super) fn config<'a>(reader: &mut Reader<'a>) -> ClientConfig<'a> {
    let mut config = ClientConfig {
        client_id: reader.text(),
        token_endpoint_auth_method: reader.optional(),
        redirect_uri: reader.optional(),
        server: AuthorizationServer {
            profile: reader.optional(),
            location: reader.optional(),
            issuer: reader.optional(),
            authorization_endpoint: reader.optional(),
            token_endpoint: reader.optional(),
            revocation_endpoint: reader.optional(),
            authorization_response_iss_parameter_supported: reader.optional().is_some(),
            ..AuthorizationServer::default()
        },
        client_secret: Vec::new(),
    };
    while reader.left() > 0 {
        let (name, location, text) = (reader.text(), reader.text(), reader.text());
        match name {
            "client_secret" => config.client_secret.push((location, text.into())),
            "accounts_server" => config.server.accounts_server.push((location, text)),
            _ => config.server.api_domain.push((location, text)),
        }
    }
    config
}

/// Refresh_token, accounts_server, api_domain, scope.
pub(super) fn earlier<'a>(reader: &mut Reader<'a>) -> Earlier<'a> {
    Earlier {
        refresh_token: reader.text().into(),
        accounts_server: reader.text(),
        api_domain: reader.text(),
        scope: reader.text(),
    }
}

/// A time in seconds as JavaScript has it.
#[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
pub(super) const fn seconds(now: f64) -> i64 {
    now as i64
}
