//! The configuration of a client.

use super::frame::Reader;
use crate::oauth::client::ClientConfig;
use crate::oauth::error::Error;
use crate::oauth::region::PerRegion;
use crate::provider;

/// Reads `client_id`, `token_endpoint_auth_method`, `redirect_uri`, then of the server `location`, `issuer`,
/// `authorization_endpoint`, `token_endpoint`, `revocation_endpoint`, the flag
/// `authorization_response_iss_parameter_supported` and the row of its profile as JSON. Names and texts follow:
/// `client_secret`, `accounts_server` and `api_domain`, or `client_secret.eu` for a value of the region `eu`; lists of the
/// metadata, one entry in a line; and the flags of the metadata that are true.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig { client_id: reader.text().to_owned(), ..ClientConfig::default() };
    let server = &mut config.server;
    for member in [
        &mut config.token_endpoint_auth_method,
        &mut config.redirect_uri,
        &mut server.location,
        &mut server.issuer,
        &mut server.authorization_endpoint,
        &mut server.token_endpoint,
        &mut server.revocation_endpoint,
    ] {
        *member = reader.optional().map(str::to_owned);
    }
    server.authorization_response_iss_parameter_supported = reader.flag();
    if let Some(row) = reader.optional() {
        server.profile = provider::parse(row)
            .map_err(|error| Error::configuration(format!("server.profile cannot be used, since {error}")))?;
    }
    while reader.left() > 0 {
        let name = reader.text();
        let (member, location) =
            name.split_once('.').map_or((name, None), |(member, location)| (member, Some(location)));
        let text = reader.text();
        match member {
            "client_secret" => set(&mut config.client_secret, location, text),
            "accounts_server" => set(&mut server.accounts_server, location, text),
            "token_endpoint_auth_methods_supported" => {
                server.token_endpoint_auth_methods_supported = Some(list(text));
            }
            "revocation_endpoint_auth_methods_supported" => {
                server.revocation_endpoint_auth_methods_supported = Some(list(text));
            }
            "code_challenge_methods_supported" => {
                server.code_challenge_methods_supported = Some(list(text));
            }
            "response_types_supported" => server.response_types_supported = Some(list(text)),
            "require_pushed_authorization_requests" => server.require_pushed_authorization_requests = true,
            "require_signed_request_object" => server.require_signed_request_object = true,
            _ => set(&mut server.api_domain, location, text),
        }
    }
    Ok(config)
}

fn list(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn set<T: for<'a> From<&'a str>>(values: &mut PerRegion<T>, location: Option<&str>, text: &str) {
    match location {
        Some(location) => values.by_location.push((location.to_owned(), T::from(text))),
        None => values.default = Some(T::from(text)),
    }
}
