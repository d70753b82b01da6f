//! Token requests (RFC 6749 4.1.3 and 6): what to send, and what to remember for the answer.

use std::borrow::Cow;

use super::authorize::Pending;
use super::client::{Authentication, Client};
use super::error::{Code, Error};
use super::frame::Reader;
use super::http::Request;
use super::secret::Secret;
use super::server::{self, Site};
use super::{callback, form, origin, scope};
use crate::protocol::time::UnixTime;
use crate::provider::profile::Endpoints;

/// Which grant a token request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// `authorization_code`.
    Code,
    /// `refresh_token`.
    Refresh,
}

impl Grant {
    /// The value of `grant_type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "authorization_code",
            Self::Refresh => "refresh_token",
        }
    }
}

/// What the judge of an answer must know of its request.
#[derive(Debug, Clone)]
pub struct Expectation<'a> {
    /// The grant that was presented.
    pub grant: Grant,
    /// The token endpoint, for messages.
    pub endpoint: Cow<'a, str>,
    /// The data centre that was asked; empty for a server with one origin.
    pub location: Cow<'a, str>,
    /// Whether an answer without refresh token is an error.
    pub offline: bool,
    /// The code or refresh token that was sent.
    pub presented: Secret<'a>,
    /// The code verifier that was sent, or empty.
    pub code_verifier: Secret<'a>,
    /// The scope of the earlier tokens, or the one that was asked for.
    pub scope: Cow<'a, str>,
    /// The API origin of the earlier tokens.
    pub api_domain: Cow<'a, str>,
}

/// How many fields [`Expectation::fields`] writes.
pub const EXPECTATION_FIELDS: usize = 8;

impl<'a> Expectation<'a> {
    /// The expectation as fields of a frame, for a host that keeps it until the answer is there. It holds secrets.
    #[must_use]
    pub fn fields(&self) -> [&str; EXPECTATION_FIELDS] {
        [
            self.grant.name(),
            &self.endpoint,
            &self.location,
            if self.offline { "1" } else { "" },
            self.presented.expose(),
            self.code_verifier.expose(),
            &self.scope,
            &self.api_domain,
        ]
    }

    /// Reads what [`Expectation::fields`] wrote.
    pub fn read(reader: &mut Reader<'a>) -> Self {
        Self {
            grant: if reader.text() == Grant::Code.name() { Grant::Code } else { Grant::Refresh },
            endpoint: Cow::Borrowed(reader.text()),
            location: Cow::Borrowed(reader.text()),
            offline: reader.optional().is_some(),
            presented: Secret::from(reader.text()),
            code_verifier: Secret::from(reader.text()),
            scope: Cow::Borrowed(reader.text()),
            api_domain: Cow::Borrowed(reader.text()),
        }
    }
}

/// A request, and what to judge its answer by.
#[derive(Debug)]
pub struct Exchange {
    /// What to send.
    pub request: Request,
    /// What to remember.
    pub expectation: Expectation<'static>,
}

/// Checks the callback and builds the exchange of its code (RFC 6749 4.1.3, RFC 7636 4.5).
///
/// # Errors
/// As [`callback::validate`]; `invalid_configuration` when the client cannot authenticate there.
pub fn authorization_code(
    client: &Client<'_>,
    callback: &str,
    pending: &Pending<'_>,
    now: UnixTime,
) -> Result<Exchange, Error> {
    let checked = callback::validate(client, callback, pending, now)?;
    exchange(client, checked.site, checked.code, Some(pending))
}

/// Builds the exchange of a code that came without a redirect: the grant token of a Zoho Self Client.
///
/// # Errors
/// `invalid_configuration` when the code is empty or of another shape, or the data centre is unknown.
pub fn code(client: &Client<'_>, code: &str, location: Option<&str>) -> Result<Exchange, Error> {
    let code =
        server::required("code", Some(code.trim()), "generate one in the provider's console and pass it")?;
    let site = match location {
        Some(_) if client.profile.data_centres.is_empty() => {
            return Err(Error::configuration("this server has no data centres: leave location away"));
        }
        Some(location) => Some(client.site(location).ok_or_else(|| {
            Error::configuration(format!(
                "location \"{}\" is no data centre of this server",
                location.escape_default()
            ))
        })?),
        None => client.site(&client.home),
    };
    exchange(client, site, Secret::from(code.to_owned()), None)
}

fn exchange(
    client: &Client<'_>,
    site: Option<Site<'_>>,
    code: Secret<'static>,
    pending: Option<&Pending<'_>>,
) -> Result<Exchange, Error> {
    let mut body = String::with_capacity(512);
    form::append(&mut body, "grant_type", Grant::Code.name());
    form::append(&mut body, "code", code.expose());
    if let Some(pending) = pending {
        form::append(&mut body, "redirect_uri", &pending.redirect_uri);
        form::append(&mut body, "code_verifier", pending.code_verifier.expose());
    }
    let offline = client.profile.offline_refresh_token && pending.is_none_or(|pending| pending.offline);
    let verifier = pending.map_or_else(|| Secret::from(""), |pending| pending.code_verifier.to_static());
    let request = token_request(client, site.as_ref(), body)?;
    let expectation = Expectation {
        grant: Grant::Code,
        endpoint: Cow::Owned(request.url.clone()),
        location: Cow::Owned(site.map_or_else(String::new, |site| site.location.to_owned())),
        offline,
        presented: code,
        code_verifier: verifier,
        scope: Cow::Borrowed(""),
        api_domain: Cow::Borrowed(""),
    };
    Ok(Exchange { request, expectation })
}

/// The earlier tokens of a grant, as far as later requests need them. A stored record is hostile until checked.
#[derive(Debug, Clone)]
pub struct Earlier<'a> {
    /// The refresh token.
    pub refresh_token: Secret<'a>,
    /// The origin that issued the tokens; empty for a server with one origin.
    pub accounts_server: &'a str,
    /// The API origin.
    pub api_domain: &'a str,
    /// The granted scope, between spaces.
    pub scope: &'a str,
}

/// Builds a refresh (RFC 6749 6); `narrower` asks for less scope.
///
/// # Errors
/// `reauthorization_required` without a refresh token; `invalid_configuration` when the tokens are of a server that this
/// client does not know.
pub fn refresh(
    client: &Client<'_>,
    earlier: &Earlier<'_>,
    narrower: Option<&str>,
) -> Result<Exchange, Error> {
    let token = earlier.refresh_token.expose();
    if token.is_empty() {
        return Err(Error::new(
            Code::ReauthorizationRequired,
            "there is no refresh token to refresh with: send the user through a new authorization request",
        ));
    }
    let site = site_of(client, earlier.accounts_server)?;
    let mut body = String::with_capacity(256);
    form::append(&mut body, "grant_type", Grant::Refresh.name());
    form::append(&mut body, "refresh_token", token);
    let narrower =
        narrower.map(|text| scope::requested(client.profile, text)).filter(|text| !text.is_empty());
    if let Some(scope) = &narrower {
        form::append(&mut body, "scope", scope);
    }
    let request = token_request(client, site.as_ref(), body)?;
    let expected_scope =
        narrower.map_or_else(|| earlier.scope.to_owned(), |asked| scope::granted(client.profile, &asked));
    let expectation = Expectation {
        grant: Grant::Refresh,
        endpoint: Cow::Owned(request.url.clone()),
        location: Cow::Owned(site.map_or_else(String::new, |site| site.location.to_owned())),
        offline: false,
        presented: earlier.refresh_token.to_static(),
        code_verifier: Secret::from(""),
        scope: Cow::Owned(expected_scope),
        api_domain: Cow::Owned(earlier.api_domain.to_owned()),
    };
    Ok(Exchange { request, expectation })
}

/// The data centre that issued tokens; the client's own where they name none.
pub(crate) fn site_of<'c>(client: &'c Client<'_>, accounts_server: &str) -> Result<Option<Site<'c>>, Error> {
    if client.profile.data_centres.is_empty() {
        return Ok(None);
    }
    if accounts_server.is_empty() {
        return Ok(client.site(&client.home));
    }
    let found =
        server::sites(client.profile, client.sites.expose()).find(|site| site.accounts == accounts_server);
    found.map(Some).ok_or_else(|| {
        Error::configuration(
            "the tokens' accounts_server is not on the data-centre table, and nothing was sent to it: allow it with accountsServer if it is yours",
        )
    })
}

fn token_request(client: &Client<'_>, site: Option<&Site<'_>>, mut body: String) -> Result<Request, Error> {
    let url = match (client.profile.endpoints, site) {
        (Endpoints::PerDataCentre { token, .. }, Some(site)) => format!("{}{token}", site.accounts),
        _ => client
            .token_endpoint
            .as_deref()
            .ok_or_else(|| {
                Error::configuration("server.token_endpoint is missing: give it with the server's metadata")
            })?
            .to_owned(),
    };
    let secret = client.secret_at(site)?;
    let authorization = client.authenticate(client.authentication, secret, &mut body);
    Ok(Request { url, authorization, body: Secret::from(body) })
}

/// Every secret that a server could echo of this exchange.
pub(crate) fn with_secrets<T>(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    use_them: impl FnOnce(&[&str]) -> T,
) -> T {
    let site = client.site(&expectation.location);
    let secret = client.secret_at(site.as_ref()).ok().flatten().unwrap_or_default();
    let basic = match client.authentication {
        Authentication::Basic => client.basic_credentials(secret),
        _ => Secret::from(""),
    };
    use_them(&[secret, basic.expose(), expectation.presented.expose(), expectation.code_verifier.expose()])
}

/// The host that was asked, for messages.
pub(crate) fn host<'e>(expectation: &'e Expectation<'_>) -> &'e str {
    origin::host(&expectation.endpoint)
}
