//! The authorization server: its metadata, and the data centres that it spreads its users over.

use super::client::{ClientConfig, PerLocation};
use super::error::Error;
use super::origin;
use super::secret::Secret;
use crate::provider::profile::{Endpoints, Profile};
use crate::provider::table;

/// Authorization server metadata (RFC 8414), and what a profile wants to know beside it.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct AuthorizationServer {
    /// The issuer identifier.
    pub issuer: Option<String>,
    /// Where the user is sent.
    pub authorization_endpoint: Option<String>,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Whether every redirect of this server carries `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: Option<bool>,
    /// The row of the profile table; `rfc` when absent.
    pub profile: Option<String>,
    /// The data centre where the client is registered.
    pub location: Option<String>,
    /// Accounts origins that the caller allows beside, or instead of, those of the table.
    pub accounts_server: Option<PerLocation>,
    /// API origins that the caller allows likewise.
    pub api_domain: Option<PerLocation>,
}

/// One data centre as this client sees it: the table's, overlaid with what the caller said.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    pub(crate) location: &'a str,
    pub(crate) accounts: &'a str,
    /// The API origin of the caller's choice.
    pub(crate) api: Option<&'a str>,
    /// The API origins of the table.
    pub(crate) apis: &'static [&'static str],
    pub(crate) secret: Option<&'a str>,
}

impl<'a> Site<'a> {
    /// The origin that issues tokens there.
    #[must_use]
    pub const fn accounts(&self) -> &'a str {
        self.accounts
    }

    /// The API origin of production.
    pub(crate) fn default_api(&self) -> Option<&'a str> {
        self.api.or_else(|| self.apis.first().copied())
    }
}

/// The endpoints of a checked server; an empty one is not known.
pub(crate) struct Resolved {
    pub(crate) issuer: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) revocation: String,
}

pub(crate) fn profile(server: &AuthorizationServer) -> Result<&'static Profile, Error> {
    let name = server.profile.as_deref().unwrap_or(table::RFC.name);
    table::find(name).ok_or_else(|| {
        let known: Vec<_> = table::PROFILES.iter().map(|profile| profile.name).collect();
        Error::configuration(&["server.profile must be one of ", &known.join(", ")])
    })
}

/// Refuses what cannot be sent: empty, or with control characters.
pub(crate) fn checked<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        return Err(Error::configuration(&[name, " is empty"]));
    }
    if value.chars().any(char::is_control) {
        let next = " has a line break or another control character: copy it again without";
        return Err(Error::configuration(&[name, next]));
    }
    Ok(value)
}

pub(crate) fn required<'a>(name: &str, value: Option<&'a str>, next: &str) -> Result<&'a str, Error> {
    match value {
        Some(value) if !value.is_empty() => checked(name, value),
        _ => Err(Error::configuration(&[name, " is missing: ", next])),
    }
}

/// The data centre where the client is registered: the caller's, else the first of the table.
pub(crate) fn home<'a>(profile: &Profile, server: &'a AuthorizationServer) -> Result<&'a str, Error> {
    let Some(location) = server.location.as_deref() else {
        return Ok(profile.data_centres.first().map_or("", |centre| centre.location));
    };
    let known = profile.data_centres.iter().any(|centre| centre.location == location);
    let added = match &server.accounts_server {
        Some(PerLocation::Each(list)) if !profile.data_centres.is_empty() => {
            list.iter().any(|(name, _)| name == location)
        }
        _ => false,
    };
    if known || added {
        return checked("location", location);
    }
    let all: Vec<_> = profile.data_centres.iter().map(|centre| centre.location).collect();
    Err(Error::configuration(&["location must be a data centre of the server, one of: ", &all.join(", ")]))
}

/// Between sites of the packed list, and between the parts of one.
const SITE: &str = "\u{1}";
const PART: &str = "\u{2}";

/// Everything the caller said of single data centres, as one text.
pub(crate) fn pack_sites(profile: &Profile, config: &ClientConfig, home: &str) -> Result<Secret, Error> {
    if profile.data_centres.is_empty() {
        return Ok(Secret::default());
    }
    let mut sites: Vec<(&str, [&str; 3])> = Vec::new();
    let mut put = |location, column: usize, text| {
        if !sites.iter().any(|(known, _)| *known == location) {
            sites.push((location, [""; 3]));
        }
        let found = sites.iter_mut().find(|(known, _)| *known == location);
        if let Some(part) = found.and_then(|(_, parts)| parts.get_mut(column)) {
            *part = text;
        }
    };
    for (column, name, given) in
        [(0, "accountsServer", &config.server.accounts_server), (1, "apiDomain", &config.server.api_domain)]
    {
        for (location, text) in given.as_ref().map(|given| given.entries(home)).unwrap_or_default() {
            checked(name, location)?;
            let origin = origin::parse_origin(text)
                .map_err(|reason| Error::configuration(&[name, " for \"", location, "\" ", reason]))?;
            put(location, column, origin);
        }
    }
    if let Some(PerLocation::Each(list)) = &config.client_secret {
        for (location, text) in list {
            checked("client_secret", text)?;
            put(checked("client_secret", location)?, 2, text);
        }
    }
    let mut packed = Secret::default();
    for (location, [accounts, api, secret]) in sites {
        for part in [location, PART, accounts, PART, api, PART, secret, SITE] {
            packed.push(part);
        }
    }
    Ok(packed)
}

/// Every data centre of the table overlaid with the caller's list, then those that the caller added.
pub(crate) fn sites<'a>(profile: &'static Profile, packed: &'a str) -> impl Iterator<Item = Site<'a>> {
    let given = move || {
        packed.split(SITE).filter(|site| !site.is_empty()).map(|site| {
            let mut parts = site.split(PART);
            let mut part = || parts.next().filter(|part| !part.is_empty());
            (part().unwrap_or_default(), part(), part(), part())
        })
    };
    let table = profile.data_centres.iter().map(move |centre| {
        let found = given().find(|(location, ..)| *location == centre.location);
        let (accounts, api, secret) = found.map_or((None, None, None), |(_, a, b, c)| (a, b, c));
        Site {
            location: centre.location,
            accounts: accounts.unwrap_or(centre.accounts),
            api,
            apis: centre.apis,
            secret,
        }
    });
    let added = given().filter_map(|(location, accounts, api, secret)| {
        let new = !profile.data_centres.iter().any(|centre| centre.location == location);
        accounts.filter(|_| new).map(|accounts| Site { location, accounts, api, apis: &[], secret })
    });
    table.chain(added)
}

pub(crate) fn endpoints(
    profile: &'static Profile,
    server: &AuthorizationServer,
    home: &str,
    packed_sites: &str,
) -> Result<Resolved, Error> {
    let given = |name: &str, url: &Option<String>| match url.as_deref() {
        Some(url) => match origin::parse(url) {
            Ok(_) => Ok(url.to_owned()),
            Err(reason) => Err(Error::configuration(&["server.", name, " ", reason])),
        },
        None => Ok(String::new()),
    };
    let mut found = Resolved {
        issuer: given("issuer", &server.issuer)?,
        authorization: given("authorization_endpoint", &server.authorization_endpoint)?,
        token: given("token_endpoint", &server.token_endpoint)?,
        revocation: given("revocation_endpoint", &server.revocation_endpoint)?,
    };
    let supply = |place: &mut String, own: &[&str]| {
        if place.is_empty() {
            *place = own.concat();
        }
    };
    match profile.endpoints {
        Endpoints::Metadata => {
            let next = "give the server's metadata (RFC 8414), as its well-known document has it";
            required("server.issuer", Some(&found.issuer), next)?;
        }
        Endpoints::Fixed { issuer, authorization, token } => {
            supply(&mut found.issuer, &[issuer]);
            supply(&mut found.authorization, &[authorization]);
            supply(&mut found.token, &[token]);
        }
        Endpoints::PerDataCentre { authorization, .. } => {
            // The hosts of a data centre are all that may be chosen, so that no endpoint escapes the table.
            if [&found.issuer, &found.authorization, &found.token, &found.revocation]
                .iter()
                .any(|url| !url.is_empty())
            {
                return Err(Error::configuration(&[
                    "this profile supplies the issuer and the endpoints: allow another origin by accountsServer",
                ]));
            }
            let site = sites(profile, packed_sites).find(|site| site.location == home);
            let accounts = site.map_or("", |site| site.accounts);
            supply(&mut found.issuer, &[accounts]);
            supply(&mut found.authorization, &[accounts, authorization]);
        }
    }
    Ok(found)
}
