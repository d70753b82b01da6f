//! Token requests ([RFC 6749 section 4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3) and
//! [section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)), and what their responses are validated against.

use std::borrow::Cow;

use super::authorization_request::Pending;
use super::authorization_response::{self, Attempt};
use super::client::Client;
use super::error::{Error, ErrorCode};
use super::grant_type::{Expected, GrantType};
use super::http::{Request, Response};
use super::profile;
use super::region::ClientRegion;
use super::token_response;
use super::tokens::TokenResponse;
use super::{metadata, scope};
use crate::text::form;
use crate::text::redact::Sent;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// Parameters that are not secret.
const PUBLIC: [&str; 4] = ["redirect_uri", "scope", "resource", "audience"];

/// Parameters that the request sets itself.
const RESERVED: [&str; 3] = ["grant_type", "client_id", "client_secret"];

/// A token request: the HTTP request, and what its response is validated against.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    http: Request,
    grant_type: GrantType,
    location: String,
    offline: bool,
    scope: String,
    api_domain: String,
    /// The credential, empty if there is none, then the values of other parameters, which may be secret too.
    secrets: Vec<Secret>,
}

impl TokenRequest {
    /// Validates an authorization response, and builds the request that exchanges its code
    /// ([RFC 6749 section 4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
    /// [RFC 7636 section 4.5](https://www.rfc-editor.org/rfc/rfc7636#section-4.5)).
    ///
    /// # Errors
    /// As [`AuthorizationResponse::validate`](super::authorization_response::AuthorizationResponse::validate);
    /// `invalid_configuration` when the client cannot authenticate at the server.
    pub fn authorization_code(
        client: &Client,
        callback: &str,
        pending: &Pending,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let offline = pending.offline;
        let exchange =
            callback_exchange(client, callback, pending.attempt(), &pending.redirect_uri, offline, now)?;
        exchange.request(client)
    }

    /// Builds the request that exchanges a code without a redirect, such as the grant token of a Zoho Self Client.
    ///
    /// # Errors
    /// `invalid_configuration` when the code is empty or has control characters, or the region is unknown.
    pub fn code(client: &Client, code: &str, location: Option<&str>) -> Result<Self, Error> {
        code_exchange(client, code, location)?.request(client)
    }

    /// Builds the request that refreshes tokens ([RFC 6749 section
    /// 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)); `scope` requests less than was granted.
    ///
    /// # Errors
    /// `reauthorization_required` without a refresh token; `invalid_configuration` when the tokens are of an accounts
    /// server that is not one of this client.
    pub fn refresh(client: &Client, tokens: &TokenResponse, scope: Option<&str>) -> Result<Self, Error> {
        let earlier = Earlier {
            refresh_token: tokens.refresh_token.as_ref().map_or("", Secret::expose),
            accounts_server: tokens.accounts_server.as_deref().unwrap_or_default(),
            api_domain: tokens.api_domain.as_deref().unwrap_or_default(),
            scope: tokens.scope.as_deref().unwrap_or_default(),
        };
        refresh_exchange(client, &earlier, scope)?.request(client)
    }

    /// Builds the request of another grant type, with its parameters, for the home region. The credential is `None` for a
    /// grant type [without one](GrantType::without_credential).
    ///
    /// # Errors
    /// `invalid_configuration` when the credential is missing, empty, has control characters or is not one of the grant
    /// type, or a parameter is a duplicate.
    pub fn new(
        client: &Client,
        grant_type: GrantType,
        credential: Option<&Secret>,
        parameters: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        for (at, (name, _)) in parameters.iter().enumerate() {
            let earlier = parameters.iter().take(at).any(|(earlier, _)| earlier == name);
            if earlier || Some(*name) == grant_type.credential() || RESERVED.contains(name) {
                return Err(Error::configuration(format!(
                    "the parameter {name} is set twice: name each parameter once, and none that grantkit sets"
                )));
            }
        }
        let given = credential.map_or("", Secret::expose);
        let credential = match grant_type.credential() {
            Some(name) => metadata::required(name, given, "pass the credential of the grant")?,
            None if given.is_empty() => "",
            None => {
                return Err(Error::configuration(format!(
                    "the grant type {} has no parameter for a credential: pass none",
                    grant_type.name()
                )));
            }
        };
        let exchange = Exchange {
            grant_type,
            credential: credential.into(),
            parameters: parameters.iter().map(|(name, value)| (*name, (*value).into())).collect(),
            region: client.region(&client.home),
            offline: false,
            scope: String::new(),
            api_domain: "",
        };
        exchange.request(client)
    }

    /// The HTTP request to send.
    #[must_use]
    pub const fn http(&self) -> &Request {
        &self.http
    }

    /// Parses the response to this request.
    ///
    /// # Errors
    /// The error of the response, see [`ErrorCode`]. It has the tokens that the server issued despite it.
    pub fn parse(
        &self,
        client: &Client,
        response: &Response<'_>,
        now: UnixTime,
    ) -> Result<TokenResponse, Error> {
        let secrets: Vec<&str> = self.secrets.iter().map(Secret::expose).collect();
        let sent = Sent::Known(&secrets);
        let expected = Expected {
            grant_type: self.grant_type,
            endpoint: &self.http.url,
            location: &self.location,
            offline: self.offline,
            scope: &self.scope,
            api_domain: &self.api_domain,
        };
        let mut parsed = token_response::parse(client, &expected, sent, response, now);
        let tokens = match &mut parsed {
            Ok(tokens) => Some(tokens),
            Err(error) => error.tokens.as_deref_mut(),
        };
        if let Some(tokens) = tokens.filter(|_| self.grant_type.is_refresh()) {
            tokens.refresh_token = tokens.refresh_token.take().or_else(|| self.secrets.first().cloned());
        }
        parsed
    }
}

/// The members of earlier tokens that a refresh reads. A stored record is untrusted, so each is checked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Earlier<'a> {
    pub(crate) refresh_token: &'a str,
    pub(crate) accounts_server: &'a str,
    pub(crate) api_domain: &'a str,
    pub(crate) scope: &'a str,
}

/// The values of a token request.
pub(crate) struct Exchange<'c, 'a> {
    pub(crate) grant_type: GrantType,
    /// The credential; empty if the grant type has none.
    pub(crate) credential: Cow<'a, str>,
    /// Parameters beside the credential.
    parameters: Vec<(&'static str, Cow<'a, str>)>,
    pub(crate) region: Option<&'c ClientRegion>,
    pub(crate) offline: bool,
    pub(crate) scope: String,
    pub(crate) api_domain: &'a str,
}

pub(crate) fn callback_exchange<'c, 'a>(
    client: &'c Client,
    callback: &'a str,
    attempt: Attempt<'a>,
    redirect_uri: &'a str,
    offline: bool,
    now: UnixTime,
) -> Result<Exchange<'c, 'a>, Error> {
    let validated = authorization_response::validate(client, callback, attempt, now)?;
    Ok(Exchange {
        grant_type: GrantType::AUTHORIZATION_CODE,
        credential: validated.code,
        parameters: vec![
            ("redirect_uri", redirect_uri.into()),
            ("code_verifier", attempt.code_verifier.into()),
        ],
        region: validated.region,
        offline: client.profile.offline_access.is_some() && offline,
        scope: String::new(),
        api_domain: "",
    })
}

pub(crate) fn code_exchange<'c, 'a>(
    client: &'c Client,
    code: &'a str,
    location: Option<&str>,
) -> Result<Exchange<'c, 'a>, Error> {
    let code = metadata::required("code", code.trim(), "generate one in the provider's console and pass it")?;
    let region = match location {
        Some(_) if client.regions.is_empty() => {
            return Err(Error::configuration("this server has no regions: omit location"));
        }
        Some(location) => Some(client.region(location).ok_or_else(|| {
            let mut names = client.regions.iter().map(|region| region.location.as_str());
            metadata::unknown_region("location is", &mut names)
        })?),
        None => client.region(&client.home),
    };
    Ok(Exchange {
        grant_type: GrantType::AUTHORIZATION_CODE,
        credential: code.into(),
        parameters: Vec::new(),
        region,
        offline: client.profile.offline_access.is_some(),
        scope: String::new(),
        api_domain: "",
    })
}

pub(crate) fn refresh_exchange<'c, 'a>(
    client: &'c Client,
    earlier: &Earlier<'a>,
    narrower: Option<&str>,
) -> Result<Exchange<'c, 'a>, Error> {
    if earlier.refresh_token.is_empty() {
        return Err(Error::new(
            ErrorCode::ReauthorizationRequired,
            "there is no refresh token to refresh with: send the user through a new authorization request",
        ));
    }
    let region = client.region_of(earlier.accounts_server)?;
    let requested = scope::requested(&client.profile, narrower.unwrap_or_default());
    let narrowed = scope::granted(&client.profile, &requested);
    let mut parameters = Vec::new();
    if !requested.is_empty() {
        parameters.push(("scope", requested.into()));
    }
    Ok(Exchange {
        grant_type: GrantType::REFRESH_TOKEN,
        credential: earlier.refresh_token.into(),
        parameters,
        region,
        offline: false,
        scope: if narrowed.is_empty() { earlier.scope.to_owned() } else { narrowed },
        api_domain: earlier.api_domain,
    })
}

impl Exchange<'_, '_> {
    /// The HTTP request.
    pub(crate) fn http(&self, client: &Client) -> Result<Request, Error> {
        let url = token_endpoint(client, self.region)?;
        let secret = client.secret_for(self.region)?;
        let values = self.parameters.iter().map(|(_, value)| value.as_ref());
        let mut body = form::body_for(values.chain([&*self.credential, &client.client_id]).chain(secret));
        form::append(&mut body, "grant_type", self.grant_type.name());
        if let Some(name) = self.grant_type.credential() {
            form::append(&mut body, name, &self.credential);
        }
        for (name, value) in &self.parameters {
            form::append(&mut body, name, value);
        }
        let authorization = client.authenticate(client.authentication, secret, &mut body);
        Ok(Request { url, authorization, body: body.into() })
    }

    /// The name of the region; empty without regions.
    pub(crate) fn location(&self) -> &str {
        self.region.map_or("", |region| &region.location)
    }

    fn request(self, client: &Client) -> Result<TokenRequest, Error> {
        let values = self.parameters.iter().filter(|(name, _)| !PUBLIC.contains(name));
        let values = values.map(|(_, value)| value.as_ref());
        let secrets = std::iter::once(self.credential.as_ref()).chain(values).map(Secret::from).collect();
        Ok(TokenRequest {
            http: self.http(client)?,
            grant_type: self.grant_type,
            location: self.location().to_owned(),
            offline: self.offline,
            secrets,
            scope: self.scope,
            api_domain: self.api_domain.to_owned(),
        })
    }
}

/// The token endpoint of a region, or of the server.
pub(crate) fn token_endpoint(client: &Client, region: Option<&ClientRegion>) -> Result<String, Error> {
    let of_region = region.and_then(|region| {
        let endpoint = client.profile.token_endpoint.as_ref()?;
        profile::at_region(endpoint, &region.accounts_server)
    });
    of_region.or_else(|| client.endpoints.token.clone()).ok_or_else(|| {
        Error::configuration("server.token_endpoint is missing: give it with the server's metadata")
    })
}
