//! Authorization server metadata (RFC 8414), and what a profile needs beside it.

use super::error::Error;
use super::profile::{self, Profile};
use super::region::{ClientRegion, PerRegion};
use crate::text::secret::Secret;
use crate::text::url;

/// An authorization server: its metadata (RFC 8414) and its profile.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationServer {
    /// The issuer identifier.
    pub issuer: Option<String>,
    /// The endpoint to which the user is sent.
    pub authorization_endpoint: Option<String>,
    /// The endpoint that issues tokens.
    pub token_endpoint: Option<String>,
    /// The endpoint that revokes tokens (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Whether each authorization response of this server carries `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
    /// Where the server departs from the RFCs.
    pub profile: Profile,
    /// The region in which the client is registered; the profile's first where absent.
    pub location: Option<String>,
    /// Accounts servers that replace the profile's, by region; the default is for the home region. A name that the
    /// profile does not have adds a region.
    pub accounts_server: PerRegion<String>,
    /// API origins likewise.
    pub api_domain: PerRegion<String>,
}

/// The endpoints of a checked server.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) issuer: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) revocation: Option<String>,
}

/// Refuses a value that cannot be sent: empty, or with control characters.
pub(crate) fn checked<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        return Err(Error::configuration(format!("{name} is empty")));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::configuration(format!(
            "{name} has a line break or another control character: copy it again without"
        )));
    }
    Ok(value)
}

pub(crate) fn required<'a>(name: &str, value: &'a str, next: &str) -> Result<&'a str, Error> {
    if value.is_empty() {
        return Err(Error::configuration(format!("{name} is missing: {next}")));
    }
    checked(name, value)
}

/// The region in which the client is registered: the configuration's, else the profile's first; empty without regions.
pub(crate) fn home(server: &AuthorizationServer) -> Result<&str, Error> {
    let regions = &server.profile.regions;
    let Some(location) = &server.location else {
        return Ok(regions.first().map_or("", |region| &region.location));
    };
    let known = regions.iter().any(|region| region.location == *location);
    let added =
        !regions.is_empty() && server.accounts_server.by_location.iter().any(|(name, _)| name == location);
    if known || added {
        return checked("location", location);
    }
    let all: Vec<_> = regions.iter().map(|region| region.location.as_str()).collect();
    Err(Error::configuration(format!("location must be a region of the server, one of: {}", all.join(", "))))
}

/// The regions of the profile overlaid with the configuration, then those that the configuration adds.
pub(crate) fn regions(
    server: &AuthorizationServer,
    secrets: &PerRegion<Secret>,
    home: &str,
) -> Result<Vec<ClientRegion>, Error> {
    let profile = &server.profile;
    let accounts_given =
        server.accounts_server.default.is_some() || !server.accounts_server.by_location.is_empty();
    if profile.regions.is_empty() && (accounts_given || !server.api_domain.by_location.is_empty()) {
        return Err(Error::configuration(
            "this server has no regions: give its endpoints, and one api_domain at most",
        ));
    }
    let accounts = origins("accountsServer", &server.accounts_server, home)?;
    let apis = origins("apiDomain", &server.api_domain, home)?;
    for (location, secret) in &secrets.by_location {
        checked("client_secret", location)?;
        checked("client_secret", secret.expose())?;
    }
    let given = |origins: &[(&str, &str)], location: &str| {
        origins.iter().rev().find(|(name, _)| *name == location).map(|(_, origin)| (*origin).to_owned())
    };
    let overlaid = |location: &str, accounts_server: String, api_domains: &[String]| {
        let secret = secrets.by_location.iter().rev().find(|(name, _)| name == location);
        ClientRegion {
            location: location.to_owned(),
            accounts_server,
            api_domain: given(&apis, location),
            api_domains: api_domains.to_vec(),
            secret: secret.map(|(_, secret)| secret.clone()),
        }
    };
    let mut all: Vec<_> = profile
        .regions
        .iter()
        .map(|region| {
            let accounts =
                given(&accounts, &region.location).unwrap_or_else(|| region.accounts_server.clone());
            overlaid(&region.location, accounts, &region.api_domains)
        })
        .collect();
    for (location, accounts_server) in &accounts {
        if !all.iter().any(|region| region.location == *location) {
            all.push(overlaid(location, (*accounts_server).to_owned(), &[]));
        }
    }
    Ok(all)
}

/// Origins by region, the default as that of the home region.
fn origins<'a>(
    name: &str,
    given: &'a PerRegion<String>,
    home: &'a str,
) -> Result<Vec<(&'a str, &'a str)>, Error> {
    let default = given.default.iter().map(|origin| (home, origin));
    let by_location = given.by_location.iter().map(|(location, origin)| (location.as_str(), origin));
    default
        .map(Ok)
        .chain(
            by_location.map(|(location, origin)| checked(name, location).map(|location| (location, origin))),
        )
        .map(|given| {
            let (location, origin) = given?;
            let origin = url::parse_origin(origin)
                .map_err(|reason| Error::configuration(format!("{name} for \"{location}\" {reason}")))?;
            Ok((location, origin))
        })
        .collect()
}

/// The endpoints of the configuration, completed by the profile.
pub(crate) fn endpoints(
    server: &AuthorizationServer,
    home: &str,
    regions: &[ClientRegion],
) -> Result<Endpoints, Error> {
    let profile = &server.profile;
    let given = |name: &str, url: &Option<String>| match url {
        Some(url) => match url::parse(url) {
            Ok(_) => Ok(Some(url.clone())),
            Err(reason) => Err(Error::configuration(format!("server.{name} {reason}"))),
        },
        None => Ok(None),
    };
    let mut found = Endpoints {
        issuer: given("issuer", &server.issuer)?,
        authorization: given("authorization_endpoint", &server.authorization_endpoint)?,
        token: given("token_endpoint", &server.token_endpoint)?,
        revocation: given("revocation_endpoint", &server.revocation_endpoint)?,
    };
    if !profile.regions.is_empty() {
        // The hosts of a region are all that may be chosen, so that no endpoint is outside the profile's origins.
        let named = [&found.issuer, &found.authorization, &found.token, &found.revocation];
        if named.iter().any(|url| url.is_some()) {
            return Err(Error::configuration(
                "this profile supplies the issuer and the endpoints: allow another origin by accountsServer",
            ));
        }
        let accounts = regions.iter().find(|region| region.location == home);
        let accounts = accounts.map_or("", |region| region.accounts_server.as_str());
        found.issuer = Some(accounts.to_owned());
        found.authorization = profile
            .authorization_endpoint
            .as_ref()
            .and_then(|endpoint| profile::at_region(endpoint, accounts));
        return Ok(found);
    }
    found.issuer = found.issuer.or_else(|| profile.issuer.clone());
    found.authorization = found.authorization.or_else(|| profile.authorization_endpoint.clone());
    found.token = found.token.or_else(|| profile.token_endpoint.clone());
    required(
        "server.issuer",
        found.issuer.as_deref().unwrap_or_default(),
        "give the server's metadata (RFC 8414), as its well-known document has it",
    )?;
    Ok(found)
}
