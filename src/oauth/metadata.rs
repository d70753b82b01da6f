//! Authorization server metadata ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), completed by a profile.

use super::error::Error;
use super::profile::{self, Profile};
use super::region::{ClientRegion, PerRegion};
use crate::text::secret::Secret;
use crate::text::url;

/// An authorization server: its metadata ([RFC 8414 section 2](https://www.rfc-editor.org/rfc/rfc8414#section-2)) and
/// its profile.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationServer {
    /// The issuer identifier, which is required without a profile that supplies it.
    pub issuer: Option<String>,
    /// The endpoint of authorization requests.
    pub authorization_endpoint: Option<String>,
    /// The endpoint of token requests.
    pub token_endpoint: Option<String>,
    /// The endpoint of revocation requests.
    pub revocation_endpoint: Option<String>,
    /// Whether each authorization response has `iss`
    /// ([RFC 9207 section 3](https://www.rfc-editor.org/rfc/rfc9207#section-3)).
    pub authorization_response_iss_parameter_supported: bool,
    /// The methods of client authentication at the token endpoint; `None` if the metadata has no list.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The methods of client authentication at the revocation endpoint; `None` if the metadata has no list.
    pub revocation_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The methods of PKCE; `None` if the metadata has no list.
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// The response types; `None` if the metadata has no list.
    pub response_types_supported: Option<Vec<String>>,
    /// Whether each authorization request has to be pushed
    /// ([RFC 9126 section 5](https://www.rfc-editor.org/rfc/rfc9126#section-5)).
    pub require_pushed_authorization_requests: bool,
    /// Whether each authorization request has to be a signed request object
    /// ([RFC 9101 section 10.5](https://www.rfc-editor.org/rfc/rfc9101#section-10.5)).
    pub require_signed_request_object: bool,
    /// How the server departs from the RFCs.
    pub profile: Profile,
    /// The region in which the client is registered; `None` for the first of the profile.
    pub location: Option<String>,
    /// Accounts servers that replace those of the profile, by region; the default is for the home region. A name that
    /// is not in the profile adds a region.
    pub accounts_server: PerRegion<String>,
    /// API origins that replace those of the profile, by region; the default is for the home region.
    pub api_domain: PerRegion<String>,
}

/// The endpoints of a client, after the checks.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) issuer: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) revocation: Option<String>,
}

/// Checks that a value can be sent: it is not empty, and has no control characters.
pub(crate) fn checked<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        return Err(Error::configuration(format!("{name} is empty: give it, or omit it")));
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

/// Checks the URLs of a profile as those of a configuration, since secrets are sent to them.
pub(crate) fn check_profile(profile: &Profile) -> Result<(), Error> {
    for (name, endpoint) in [
        ("issuer", &profile.issuer),
        ("authorization_endpoint", &profile.authorization_endpoint),
        ("token_endpoint", &profile.token_endpoint),
    ] {
        check_endpoint(profile, name, endpoint.as_deref())?;
    }
    for form in &profile.revocation {
        check_endpoint(profile, "a revocation endpoint", form.endpoint.as_deref())?;
    }
    for region in &profile.regions {
        let location = region.location.as_str();
        if location.chars().any(char::is_control) {
            return Err(invalid_row(profile, location, "has a control character"));
        }
        if profile.region(location).is_some_and(|first| !std::ptr::eq(first, region)) {
            return Err(invalid_row(profile, location, "is a duplicate region"));
        }
        check_origin(profile, location, &region.accounts_server)?;
        for origin in &region.api_domains {
            check_origin(profile, location, origin)?;
        }
    }
    Ok(())
}

/// Why the server would refuse every authorization request of grantkit, by its metadata.
pub(crate) fn refusal(server: &AuthorizationServer) -> Option<&'static str> {
    let lacks = |list: &Option<Vec<String>>, wanted: &str| {
        list.as_ref().is_some_and(|list| !list.iter().any(|name| name == wanted))
    };
    if server.require_pushed_authorization_requests {
        Some(
            "the server's metadata has require_pushed_authorization_requests, and grantkit pushes no request (RFC 9126): register the client at a server that takes the request in the URL",
        )
    } else if server.require_signed_request_object {
        Some(
            "the server's metadata has require_signed_request_object, and grantkit signs no request (RFC 9101): register the client at a server that takes plain parameters",
        )
    } else if lacks(&server.code_challenge_methods_supported, "S256") {
        Some(
            "the server's metadata has no S256 in code_challenge_methods_supported, and grantkit uses no other method of PKCE (RFC 7636): have the server's operator enable S256, or remove the list if it is wrong",
        )
    } else if lacks(&server.response_types_supported, "code") {
        Some(
            "the server's metadata has no code in response_types_supported, and grantkit uses no other response type: have the server's operator enable it, or remove the list if it is wrong",
        )
    } else {
        None
    }
}

fn check_endpoint(profile: &Profile, name: &str, endpoint: Option<&str>) -> Result<(), Error> {
    let Some(endpoint) = endpoint else { return Ok(()) };
    let reason = if profile.regions.is_empty() {
        url::parse(endpoint).err()
    } else {
        let is_path = profile::at_region(endpoint, "").is_some_and(|path| path.starts_with('/'));
        (!is_path).then_some("does not begin with {accounts_server} and a path")
    };
    reason.map_or(Ok(()), |reason| Err(invalid_row(profile, name, reason)))
}

fn check_origin(profile: &Profile, location: &str, origin: &str) -> Result<(), Error> {
    url::parse_origin(origin).map(|_| ()).map_err(|reason| invalid_row(profile, location, reason))
}

fn invalid_row(profile: &Profile, name: &str, reason: &str) -> Error {
    Error::configuration(format!("{name} of the profile {} {reason}: correct the row", profile.id))
}

/// The name of the region in which the client is registered: that of the configuration, else the first of the profile;
/// empty without regions.
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
    if regions.is_empty() {
        return Err(Error::configuration("this server has no regions: omit location"));
    }
    Err(unknown_region("location is", &mut regions.iter().map(|region| region.location.as_str())))
}

/// The error of a region that does not exist, with the names of those that do. `what` is the start of its message.
pub(crate) fn unknown_region(what: &str, names: &mut dyn Iterator<Item = &str>) -> Error {
    let names: Vec<_> = names.collect();
    Error::configuration([what, " not a region of the server: use one of ", &names.join(", ")].concat())
}

/// The regions of the profile with the values of the configuration, then those that the configuration adds.
pub(crate) fn regions(
    server: &AuthorizationServer,
    secrets: &PerRegion<Secret>,
    home: &str,
) -> Result<Vec<ClientRegion>, Error> {
    let no_regions = server.profile.regions.is_empty();
    let accounts = &server.accounts_server;
    let names_regions = accounts.default.is_some()
        || !accounts.by_location.is_empty()
        || !server.api_domain.by_location.is_empty();
    if no_regions && names_regions {
        return Err(Error::configuration(
            "this server has no regions: give its endpoints, and one api_domain at most",
        ));
    }
    let mut regions: Vec<ClientRegion> = Vec::new();
    if no_regions {
        return Ok(regions);
    }
    for region in &server.profile.regions {
        regions.push(ClientRegion {
            location: region.location.clone(),
            accounts_server: region.accounts_server.clone(),
            api_domain: None,
            api_domains: region.api_domains.clone(),
            secret: None,
        });
    }
    for (location, origin) in origins("server.accounts_server", accounts, home)? {
        match regions.iter_mut().find(|region| region.location == location) {
            Some(region) => region.accounts_server = origin,
            None => regions.push(ClientRegion {
                location: location.to_owned(),
                accounts_server: origin,
                api_domain: None,
                api_domains: Vec::new(),
                secret: None,
            }),
        }
    }
    for (location, origin) in origins("server.api_domain", &server.api_domain, home)? {
        match regions.iter_mut().find(|region| region.location == location) {
            Some(region) => region.api_domain = Some(origin),
            None => return Err(of_no_region("server.api_domain", location, &regions)),
        }
    }
    for (location, secret) in &secrets.by_location {
        let location = region_name("client_secret", location)?;
        match regions.iter_mut().find(|region| region.location == location) {
            Some(region) => region.secret = Some(secret.clone()),
            None => return Err(of_no_region("client_secret", location, &regions)),
        }
    }
    Ok(regions)
}

/// Refuses two regions with one accounts server and two secrets: tokens name only the server, so a refresh could send the
/// secret of the other region.
pub(crate) fn check_secrets(regions: &[ClientRegion], default: Option<&Secret>) -> Result<(), Error> {
    let mut left = regions;
    while let Some((region, others)) = left.split_first() {
        let conflicts = |other: &&ClientRegion| {
            let secrets = region.secret.as_ref().or(default).zip(other.secret.as_ref().or(default));
            other.accounts_server == region.accounts_server
                && secrets.is_some_and(|(one, other)| !one.matches(other.expose()))
        };
        if let Some(other) = others.iter().find(conflicts) {
            let message = [
                "the regions \"",
                &region.location,
                "\" and \"",
                &other.location,
                "\" have the same accounts_server and different secrets, so a refresh could send the wrong one: give each an origin of its own, or one client_secret",
            ];
            return Err(Error::configuration(message.concat()));
        }
        left = others;
    }
    Ok(())
}

fn of_no_region(name: &str, location: &str, regions: &[ClientRegion]) -> Error {
    let what = [name, " has a value for \"", location, "\", which is"].concat();
    unknown_region(&what, &mut regions.iter().map(|region| region.location.as_str()))
}

/// Checks the name of a region for which a member has a value.
fn region_name<'a>(member: &str, location: &'a str) -> Result<&'a str, Error> {
    if location.is_empty() {
        let message = [member, " has a value for a region without a name: name the region"];
        return Err(Error::configuration(message.concat()));
    }
    checked(member, location)
}

/// Origins by region; the default is that of the home region.
fn origins<'a>(
    name: &str,
    given: &'a PerRegion<String>,
    home: &'a str,
) -> Result<Vec<(&'a str, String)>, Error> {
    let mut origins = Vec::new();
    let of_region =
        |location: &str, origin: &str| origin_of(&[name, " for \"", location, "\""].concat(), origin);
    if let Some(origin) = &given.default {
        origins.push((home, of_region(home, origin)?));
    }
    for (location, origin) in &given.by_location {
        let location = region_name(name, location)?;
        origins.push((location, of_region(location, origin)?));
    }
    Ok(origins)
}

pub(crate) fn origin_of(name: &str, origin: &str) -> Result<String, Error> {
    match url::parse_origin(origin) {
        Ok(origin) => Ok(origin.to_owned()),
        Err(reason) => Err(Error::configuration(
            [name, " ", reason, ": give an origin such as https://example.com"].concat(),
        )),
    }
}

/// The endpoints of the configuration, completed by the profile.
pub(crate) fn endpoints(
    server: &AuthorizationServer,
    home: &str,
    regions: &[ClientRegion],
) -> Result<Endpoints, Error> {
    let profile = &server.profile;
    for (name, url) in [
        ("issuer", &server.issuer),
        ("authorization_endpoint", &server.authorization_endpoint),
        ("token_endpoint", &server.token_endpoint),
        ("revocation_endpoint", &server.revocation_endpoint),
    ] {
        if let Some(Err(reason)) = url.as_deref().map(url::parse) {
            return Err(Error::configuration(format!(
                "server.{name} {reason}: give an https URL, as the server's metadata has it"
            )));
        }
    }
    let mut found = Endpoints {
        issuer: server.issuer.clone(),
        authorization: server.authorization_endpoint.clone(),
        token: server.token_endpoint.clone(),
        revocation: server.revocation_endpoint.clone(),
    };
    if !profile.regions.is_empty() {
        // A configuration may change only the origins of regions, so that each endpoint is at one of them.
        let named = [&found.issuer, &found.authorization, &found.token, &found.revocation];
        if named.iter().any(|url| url.is_some()) {
            return Err(Error::configuration(
                "this profile supplies the issuer and the endpoints: allow another origin by server.accounts_server",
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
