//! The authorization server: its metadata, and the data centres that it spreads its users over.

use crate::oauth::client::ClientConfig;
use crate::oauth::error::Error;
use crate::oauth::profile::{Endpoints, Profile};
use crate::provider::table;
use crate::text::secret::Secret;
use crate::text::url;

/// Authorization server metadata (RFC 8414), and what a profile wants to know beside it.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationServer<'a> {
    /// The issuer identifier.
    pub issuer: Option<&'a str>,
    /// Where the user is sent.
    pub authorization_endpoint: Option<&'a str>,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: Option<&'a str>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<&'a str>,
    /// Whether every redirect of this server carries `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
    /// The row of the profile table; `rfc` when absent.
    pub profile: Option<&'a str>,
    /// The data centre where the client is registered.
    pub location: Option<&'a str>,
    /// Accounts origins that the caller puts in the place of the table's, each with its data centre; an empty name means
    /// the home. A name that the table does not have adds a data centre.
    pub accounts_server: Vec<(&'a str, &'a str)>,
    /// API origins likewise.
    pub api_domain: Vec<(&'a str, &'a str)>,
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
}

/// The endpoints of a checked server; an empty one is not known.
pub(crate) struct Resolved {
    pub(crate) issuer: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) revocation: String,
}

pub(crate) fn profile(server: &AuthorizationServer<'_>) -> Result<&'static Profile, Error> {
    let name = server.profile.unwrap_or(table::RFC.name);
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
pub(crate) fn home<'a>(profile: &Profile, server: &AuthorizationServer<'a>) -> Result<&'a str, Error> {
    let Some(location) = server.location else {
        return Ok(profile.data_centres.first().map_or("", |centre| centre.location));
    };
    let known = profile.data_centres.iter().any(|centre| centre.location == location);
    let added =
        !profile.data_centres.is_empty() && server.accounts_server.iter().any(|(name, _)| *name == location);
    if known || added {
        return checked("location", location);
    }
    let all: Vec<_> = profile.data_centres.iter().map(|centre| centre.location).collect();
    Err(Error::configuration(&["location must be a data centre of the server, one of: ", &all.join(", ")]))
}

/// Between sites of the packed list, and between the parts of one.
const SITE: char = '\u{1}';
const PART: char = '\u{2}';

/// Everything the caller said of single data centres, as one text.
pub(crate) fn pack_sites(profile: &Profile, config: &ClientConfig<'_>, home: &str) -> Result<Secret, Error> {
    let mut sites: Vec<(&str, [&str; 3])> = Vec::new();
    let centres = config.server.accounts_server.len();
    let named = config.server.api_domain.iter().any(|(location, _)| !location.is_empty());
    if profile.data_centres.is_empty() && (centres > 0 || named) {
        return Err(Error::configuration(&[
            "this server has no data centres: give its endpoints, and one api_domain at most",
        ]));
    }
    let mut put = |location, column: usize, text| {
        if !sites.iter().any(|(known, _)| *known == location) {
            sites.push((location, [""; 3]));
        }
        let found = sites.iter_mut().find(|(known, _)| *known == location);
        if let Some(part) = found.and_then(|(_, parts)| parts.get_mut(column)) {
            *part = text;
        }
    };
    let origins =
        [("accountsServer", &config.server.accounts_server), ("apiDomain", &config.server.api_domain)];
    for (column, (name, given)) in origins.into_iter().enumerate() {
        for (location, text) in given {
            let location = if location.is_empty() { home } else { checked(name, location)? };
            let origin = url::parse_origin(text)
                .map_err(|reason| Error::configuration(&[name, " for \"", location, "\" ", reason]))?;
            put(location, column, origin);
        }
    }
    for (location, text) in config.client_secret.iter().filter(|(location, _)| !location.is_empty()) {
        put(checked("client_secret", location)?, 2, text.expose());
    }
    let mut packed = Secret::default();
    for (location, [accounts, api, secret]) in sites {
        for part in [location, accounts, api, secret] {
            packed.push(part);
            packed.push(PART.encode_utf8(&mut [0]));
        }
        packed.push(SITE.encode_utf8(&mut [0]));
    }
    Ok(packed)
}

/// The API origin that the caller gave for a server with one origin.
pub(crate) fn only_api(packed: &str) -> Option<&str> {
    packed.split(PART).nth(2).filter(|api| !api.is_empty())
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
    server: &AuthorizationServer<'_>,
    home: &str,
    packed_sites: &str,
) -> Result<Resolved, Error> {
    let given = |name: &str, url: Option<&str>| match url {
        Some(url) => match url::parse(url) {
            Ok(_) => Ok(url.to_owned()),
            Err(reason) => Err(Error::configuration(&["server.", name, " ", reason])),
        },
        None => Ok(String::new()),
    };
    let mut found = Resolved {
        issuer: given("issuer", server.issuer)?,
        authorization: given("authorization_endpoint", server.authorization_endpoint)?,
        token: given("token_endpoint", server.token_endpoint)?,
        revocation: given("revocation_endpoint", server.revocation_endpoint)?,
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
