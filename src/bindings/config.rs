//! The configuration of a client, as JSON with the member names of `ClientConfig` in the package.

use crate::oauth::client::ClientConfig;
use crate::oauth::error::Error;
use crate::oauth::region::PerRegion;
use crate::provider;
use crate::text::json::{self, Members};

/// Parses `client_id`, `client_secret`, `token_endpoint_auth_method`, `redirect_uri` and `server`. Besides its
/// metadata, a server has `profile`, which is a row, and `accounts_server` and `api_domain`, which are a string or an
/// object of strings.
pub(super) fn parse(json: &str) -> Result<ClientConfig, Error> {
    let config = members(json, "the configuration")?;
    let server = members(config.get("server").ok().flatten().unwrap_or("{}"), "server")?;
    let text = |members: &Members<'_>, name: &str| {
        members.text(name).map_err(|_| {
            Error::configuration(format!("{name} is not a string or occurs twice: give one string"))
        })
    };
    let client_id = text(&config, "client_id")?.unwrap_or_default();
    let mut parsed = ClientConfig { client_id, ..ClientConfig::default() };
    parsed.token_endpoint_auth_method = text(&config, "token_endpoint_auth_method")?;
    parsed.redirect_uri = text(&config, "redirect_uri")?;
    parsed.client_secret = per_region(&config, "client_secret")?;
    let into = &mut parsed.server;
    for (name, member) in [
        ("issuer", &mut into.issuer),
        ("authorization_endpoint", &mut into.authorization_endpoint),
        ("token_endpoint", &mut into.token_endpoint),
        ("revocation_endpoint", &mut into.revocation_endpoint),
        ("location", &mut into.location),
    ] {
        *member = text(&server, name)?;
    }
    into.authorization_response_iss_parameter_supported =
        server.flag("authorization_response_iss_parameter_supported").unwrap_or(false);
    if let Some(row) = server.get("profile").ok().flatten() {
        into.profile = provider::parse(row)
            .map_err(|error| Error::configuration(format!("server.profile cannot be used, since {error}")))?;
    }
    into.accounts_server = per_region(&server, "accounts_server")?;
    into.api_domain = per_region(&server, "api_domain")?;
    Ok(parsed)
}

fn members<'a>(json: &'a str, name: &str) -> Result<Members<'a>, Error> {
    Members::parse(json)
        .map_err(|_| Error::configuration(format!("{name} is not a JSON object: give plain data")))
}

/// Parses a string, or an object with a string for each region.
fn per_region<T: From<String>>(of: &Members<'_>, name: &str) -> Result<PerRegion<T>, Error> {
    let Some(value) = of.get(name).ok().flatten() else { return Ok(PerRegion::default()) };
    if let Some(text) = json::string(value) {
        return Ok(PerRegion::from(T::from(text)));
    }
    let by_location = members(value, name)?
        .iter()
        .map(|(location, value)| {
            let value = json::string(value).ok_or_else(|| {
                Error::configuration(format!("{name}.{location} is not a string: give one"))
            })?;
            Ok((location.to_owned(), T::from(value)))
        })
        .collect::<Result<_, Error>>()?;
    Ok(PerRegion { default: None, by_location })
}
