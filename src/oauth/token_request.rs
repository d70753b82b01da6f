//! Token requests (RFC 6749 4.1.3 and 6): what to send, and what to remember for the answer.

use crate::oauth::authorization_request::Pending;
use crate::oauth::client::Client;
use crate::oauth::error::{Code, Error};
use crate::oauth::frame::{Reader, Writer};
use crate::oauth::http::Request;
use crate::oauth::metadata::{self, Site};
use crate::oauth::profile::Endpoints;
use crate::oauth::{authorization_response, scope};
use crate::text::secret::{Secret, SecretStr};
use crate::text::time::UnixTime;
use crate::text::{form, url};

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
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// The grant that was presented.
    pub grant: Grant,
    /// The endpoint, for messages.
    pub endpoint: &'a str,
    /// The data centre that was asked; empty for a server with one origin.
    pub location: &'a str,
    /// Whether an answer without refresh token is an error.
    pub offline: bool,
    /// The code or token that was sent.
    pub presented: SecretStr<'a>,
    /// The code verifier that was sent, or empty.
    pub code_verifier: SecretStr<'a>,
    /// The scope of the earlier tokens, or the one that was asked for.
    pub scope: &'a str,
    /// The API origin of the earlier tokens.
    pub api_domain: &'a str,
}

impl<'a> Expectation<'a> {
    /// Reads its eight fields, in the order in which they are declared.
    pub fn read(reader: &mut Reader<'a>) -> Self {
        Self {
            grant: if reader.text() == Grant::Code.name() { Grant::Code } else { Grant::Refresh },
            endpoint: reader.text(),
            location: reader.text(),
            offline: reader.optional().is_some(),
            presented: reader.text().into(),
            code_verifier: reader.text().into(),
            scope: reader.text(),
            api_domain: reader.text(),
        }
    }

    /// The host that was asked, for messages.
    pub(crate) fn host(&self) -> &'a str {
        url::host(self.endpoint)
    }
}

/// A request, and what to judge its answer by.
#[derive(Debug)]
pub struct Exchange(Secret);

impl Exchange {
    pub(crate) fn new(
        url: String,
        authorization: &Secret,
        body: &Secret,
        expectation: &Expectation<'_>,
    ) -> Self {
        let mut frame = Writer::begin(url);
        frame.field(authorization.expose());
        frame.field(body.expose());
        frame.field(expectation.grant.name());
        frame.field(expectation.endpoint);
        frame.field(expectation.location);
        frame.flag(expectation.offline);
        frame.field(expectation.presented.expose());
        frame.field(expectation.code_verifier.expose());
        frame.field(expectation.scope);
        frame.field(expectation.api_domain);
        Self(frame.finish())
    }

    /// What to send, and what to remember.
    #[must_use]
    pub fn parts(&self) -> (Request<'_>, Expectation<'_>) {
        let mut reader = Reader::own(self.0.expose());
        let (url, authorization, body) = (reader.text(), reader.optional(), reader.text());
        let request = Request { url, authorization: authorization.map(SecretStr::from), body: body.into() };
        (request, Expectation::read(&mut reader))
    }

    /// Both as one frame, for a host that keeps the expectation until the answer is there.
    #[must_use]
    pub fn into_frame(self) -> Secret {
        self.0
    }
}

/// Checks the callback and builds the exchange of its code (RFC 6749 4.1.3, RFC 7636 4.5).
///
/// # Errors
/// As [`authorization_response::validate`]; `invalid_configuration` when the client cannot authenticate there.
pub fn authorization_code(
    client: &Client<'_>,
    callback: &str,
    pending: &Pending<'_>,
    now: UnixTime,
) -> Result<Exchange, Error> {
    let checked = authorization_response::validate(client, callback, pending, now)?;
    exchange(client, checked.site, checked.code.expose(), Some(pending))
}

/// Builds the exchange of a code that came without a redirect: the grant token of a Zoho Self Client.
///
/// # Errors
/// `invalid_configuration` when the code is empty or of another shape, or the data centre is unknown.
pub fn code(client: &Client<'_>, code: &str, location: Option<&str>) -> Result<Exchange, Error> {
    let code =
        metadata::required("code", Some(code.trim()), "generate one in the provider's console and pass it")?;
    let site = match location {
        Some(_) if client.profile.data_centres.is_empty() => {
            return Err(Error::configuration(&["this server has no data centres: leave location away"]));
        }
        Some(location) => Some(client.site(location).ok_or_else(|| {
            Error::configuration(&[
                "location is no data centre of this server: see ZohoLocation for their names",
            ])
        })?),
        None => client.site(client.home),
    };
    exchange(client, site, code, None)
}

fn exchange(
    client: &Client<'_>,
    site: Option<Site<'_>>,
    code: &str,
    pending: Option<&Pending<'_>>,
) -> Result<Exchange, Error> {
    let mut body = begin(Grant::Code);
    form::append(&mut body, "code", code);
    if let Some(pending) = pending {
        form::append(&mut body, "redirect_uri", pending.redirect_uri);
        form::append(&mut body, "code_verifier", pending.code_verifier.expose());
    }
    let expectation = Expectation {
        grant: Grant::Code,
        endpoint: "",
        location: site.map_or("", |site| site.location),
        offline: client.profile.offline_refresh_token && pending.is_none_or(|pending| pending.offline),
        presented: code.into(),
        code_verifier: pending.map(|pending| pending.code_verifier).unwrap_or_default(),
        scope: "",
        api_domain: "",
    };
    token_request(client, site.as_ref(), body, expectation)
}

/// The earlier tokens of a grant, as far as later requests need them. A stored record is hostile until checked.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// The refresh token.
    pub refresh_token: SecretStr<'a>,
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
    if earlier.refresh_token.expose().is_empty() {
        return Err(Error::new(
            Code::ReauthorizationRequired,
            &["there is no refresh token to refresh with: send the user through a new authorization request"],
        ));
    }
    let site = site_of(client, earlier.accounts_server)?;
    let mut body = begin(Grant::Refresh);
    form::append(&mut body, "refresh_token", earlier.refresh_token.expose());
    let asked = scope::requested(client.profile, narrower.unwrap_or_default());
    if !asked.is_empty() {
        form::append(&mut body, "scope", &asked);
    }
    let narrowed = scope::granted(client.profile, &asked);
    let expectation = Expectation {
        grant: Grant::Refresh,
        endpoint: "",
        location: site.map_or("", |site| site.location),
        offline: false,
        presented: earlier.refresh_token,
        code_verifier: SecretStr::default(),
        scope: if narrowed.is_empty() { earlier.scope } else { &narrowed },
        api_domain: earlier.api_domain,
    };
    token_request(client, site.as_ref(), body, expectation)
}

/// The data centre that issued tokens; the client's own where they name none.
pub(crate) fn site_of<'c>(client: &Client<'c>, accounts_server: &str) -> Result<Option<Site<'c>>, Error> {
    if client.profile.data_centres.is_empty() {
        return Ok(None);
    }
    if accounts_server.is_empty() {
        return Ok(client.site(client.home));
    }
    client.sites().find(|site| site.accounts == accounts_server).map(Some).ok_or_else(|| {
        Error::configuration(&[
            "the tokens' accounts_server is not on the data-centre table, and nothing was sent to it: allow it with accountsServer if it is yours",
        ])
    })
}

/// The form of a token request, with room for the rest.
fn begin(grant: Grant) -> String {
    let mut body = String::with_capacity(512);
    form::append(&mut body, "grant_type", grant.name());
    body
}

fn token_request(
    client: &Client<'_>,
    site: Option<&Site<'_>>,
    mut body: String,
    expectation: Expectation<'_>,
) -> Result<Exchange, Error> {
    let url = match (client.profile.endpoints, site, client.token_endpoint) {
        (Endpoints::PerDataCentre { token, .. }, Some(site), _) => [site.accounts, token].concat(),
        (_, _, Some(endpoint)) => endpoint.to_owned(),
        _ => {
            let message = "server.token_endpoint is missing: give it with the server's metadata";
            return Err(Error::configuration(&[message]));
        }
    };
    let secret = client.secret_at(site)?;
    let authorization = client.authenticate(client.authentication, secret, &mut body);
    let expectation = Expectation { endpoint: &url.clone(), ..expectation };
    Ok(Exchange::new(url, &authorization, &Secret::from(body), &expectation))
}

/// Gives `use_them` every secret that a server could echo of this exchange.
pub(crate) fn with_secrets<T>(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    use_them: impl FnOnce(&[&str]) -> T,
) -> T {
    let site = client.site(expectation.location);
    let secret = client.secret_at(site.as_ref()).ok().flatten().unwrap_or_default();
    // Whatever the client's own method, a form of revocation may have one of its own.
    let basic = client.basic_credentials(secret);
    use_them(&[secret, basic.expose(), expectation.presented.expose(), expectation.code_verifier.expose()])
}
