//! The client: its registration and its authorization server.

use super::client_authentication::{self, ClientAuthentication};
use super::error::Error;
use super::metadata::{self, AuthorizationServer, Endpoints};
use super::profile::Profile;
use super::region::{ClientRegion, PerRegion};
use crate::text::form;
use crate::text::secret::Secret;
use crate::text::url;

/// The configuration of a [`Client`].
#[derive(Debug, Clone, Default)]
pub struct ClientConfig {
    /// The authorization server.
    pub server: AuthorizationServer,
    /// The client identifier.
    pub client_id: String,
    /// The secret of the client, for all regions or by region.
    pub client_secret: PerRegion<Secret>,
    /// The registered name of the client authentication; `None` for that of the profile.
    pub token_endpoint_auth_method: Option<String>,
    /// The redirect URI, exactly as registered.
    pub redirect_uri: Option<String>,
}

/// A client: a configuration after the checks, completed by the profile.
#[derive(Debug)]
pub struct Client {
    pub(crate) profile: Profile,
    pub(crate) client_id: String,
    pub(crate) authentication: ClientAuthentication,
    /// The authentication of a form of revocation that has none of its own.
    pub(crate) revocation_authentication: ClientAuthentication,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) iss_required: bool,
    pub(crate) endpoints: Endpoints,
    /// See [`metadata::refusal`].
    pub(crate) refusal: Option<&'static str>,
    /// The region in which the client is registered; empty without regions.
    pub(crate) home: String,
    /// The secret for regions without one of their own.
    pub(crate) secret: Option<Secret>,
    pub(crate) regions: Vec<ClientRegion>,
    /// The API origin of the configuration, for a server without regions.
    pub(crate) api_domain: Option<String>,
}

/// The values that the checks of a configuration derive.
struct Checked {
    home: String,
    authentication: [ClientAuthentication; 2],
    regions: Vec<ClientRegion>,
    endpoints: Endpoints,
    api_domain: Option<String>,
}

impl Checked {
    fn of(config: &ClientConfig) -> Result<Self, Error> {
        let ClientConfig { server, client_secret, .. } = config;
        metadata::required("client_id", &config.client_id, "copy it from the client's registration")?;
        metadata::check_profile(&server.profile)?;
        let home = metadata::home(server)?;
        if let Some(secret) = &client_secret.default {
            metadata::checked("client_secret", secret.expose())?;
        }
        if server.profile.regions.is_empty() && !client_secret.by_location.is_empty() {
            return Err(Error::configuration(
                "client_secret is an object, but this server has no regions: give one string",
            ));
        }
        for (_, secret) in &client_secret.by_location {
            metadata::checked("client_secret", secret.expose())?;
        }
        let has_secret = client_secret.default.is_some() || !client_secret.by_location.is_empty();
        let method = config.token_endpoint_auth_method.as_deref();
        let of_endpoint = |supported: &Option<Vec<String>>| {
            authentication(&server.profile, method, supported.as_deref(), has_secret)
        };
        let token = of_endpoint(&server.token_endpoint_auth_methods_supported)?;
        let revocation = match &server.revocation_endpoint_auth_methods_supported {
            None => token,
            supported => of_endpoint(supported)?,
        };
        if let Some(uri) = &config.redirect_uri {
            check_redirect_uri(uri)?;
        }
        let regions = metadata::regions(server, client_secret, home)?;
        metadata::check_secrets(&regions, client_secret.default.as_ref())?;
        let endpoints = metadata::endpoints(server, home, &regions)?;
        let api_domain = server.api_domain.default.as_deref();
        let api_domain =
            api_domain.map(|origin| metadata::origin_of("server.api_domain", origin)).transpose()?;
        Ok(Self {
            home: home.to_owned(),
            authentication: [token, revocation],
            regions,
            endpoints,
            api_domain,
        })
    }
}

impl Client {
    /// Checks a configuration, and builds the client.
    ///
    /// # Errors
    /// `invalid_configuration`, with the name of the member and what it must be.
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        let Checked { home, authentication, regions, endpoints, api_domain } = Checked::of(&config)?;
        let [authentication, revocation_authentication] = authentication;
        let refusal = metadata::refusal(&config.server);
        Ok(Self {
            profile: config.server.profile,
            client_id: config.client_id,
            authentication,
            revocation_authentication,
            redirect_uri: config.redirect_uri,
            iss_required: config.server.authorization_response_iss_parameter_supported,
            endpoints,
            refusal,
            home,
            secret: config.client_secret.default,
            regions,
            api_domain,
        })
    }

    /// The issuer identifier.
    pub(crate) fn issuer(&self) -> &str {
        self.endpoints.issuer.as_deref().unwrap_or_default()
    }

    /// The region with a name.
    pub(crate) fn region(&self, location: &str) -> Option<&ClientRegion> {
        self.regions.iter().find(|region| region.location == location)
    }

    /// The region of the accounts server that issued tokens; the home region if it is empty.
    ///
    /// # Errors
    /// `invalid_configuration` for an accounts server that is not of a region of this client.
    pub(crate) fn region_of(&self, accounts_server: &str) -> Result<Option<&ClientRegion>, Error> {
        if self.regions.is_empty() {
            return Ok(None);
        }
        if accounts_server.is_empty() {
            return Ok(self.region(&self.home));
        }
        let found = self.regions.iter().find(|region| region.accounts_server == accounts_server);
        found.map(Some).ok_or_else(|| {
            Error::configuration(
                "the tokens' accounts_server is not that of a region, and nothing was sent to it: allow it with server.accounts_server if it is yours",
            )
        })
    }

    /// The API origin of tokens: the configured one, else `preferred` if a region of this client has it, else that of
    /// the region.
    pub(crate) fn api_origin<'s>(
        &'s self,
        region: Option<&'s ClientRegion>,
        preferred: &'s str,
    ) -> Option<&'s str> {
        let Some(region) = region else { return self.api_domain.as_deref() };
        region.api_domain.as_deref().or_else(|| self.known_api(preferred)).or_else(|| region.api())
    }

    /// The API origin, if a region of this client has it.
    pub(crate) fn known_api<'s>(&self, origin: &'s str) -> Option<&'s str> {
        Some(origin).filter(|origin| self.regions.iter().any(|region| region.has_api(origin)))
    }

    /// The secret for a region: its own, else the one for all regions.
    ///
    /// # Errors
    /// `invalid_configuration` when only other regions have secrets.
    pub(crate) fn secret_for<'s>(
        &'s self,
        region: Option<&'s ClientRegion>,
    ) -> Result<Option<&'s str>, Error> {
        let own = region.and_then(|region| region.secret.as_ref());
        match (own.or(self.secret.as_ref()), region) {
            (None, Some(region)) if self.authentication != ClientAuthentication::None => {
                Err(Error::configuration(format!(
                    "there is no client_secret for region \"{}\": add the secret that the provider's console shows for that region to client_secret",
                    region.location
                )))
            }
            (secret, _) => Ok(secret.map(Secret::expose)),
        }
    }

    /// Adds the client authentication to a form, or returns it as an `authorization` header.
    pub(crate) fn authenticate(
        &self,
        method: ClientAuthentication,
        secret: Option<&str>,
        body: &mut String,
    ) -> Option<Secret> {
        match (method, secret) {
            (ClientAuthentication::ClientSecretBasic, Some(secret)) => {
                let mut header = Secret::from("Basic ");
                header.push(self.basic_credentials(secret).expose());
                return Some(header);
            }
            (ClientAuthentication::ClientSecretPost, Some(secret)) => {
                form::append(body, "client_id", &self.client_id);
                form::append(body, "client_secret", secret);
            }
            _ => form::append(body, "client_id", &self.client_id),
        }
        None
    }

    /// The HTTP Basic credentials (RFC 7617), in the encoding of the profile.
    pub(crate) fn basic_credentials(&self, secret: &str) -> Secret {
        client_authentication::basic_credentials(self.profile.basic_encoding, &self.client_id, secret)
    }
}

/// The client authentication: the configured one, else the first of the server's list that grantkit has, else that of the
/// profile.
fn authentication(
    profile: &Profile,
    name: Option<&str>,
    supported: Option<&[String]>,
    has_secret: bool,
) -> Result<ClientAuthentication, Error> {
    match name {
        Some(name) => configured(name, has_secret),
        // Servers leave `none` out of their list, and accept public clients.
        None if !has_secret => Ok(ClientAuthentication::None),
        None => supported.map_or(Ok(profile.client_authentication), common),
    }
}

fn configured(name: &str, has_secret: bool) -> Result<ClientAuthentication, Error> {
    match ClientAuthentication::from_name(name) {
        Some(method) if method == ClientAuthentication::None || has_secret => Ok(method),
        Some(_) => {
            Err(Error::configuration(format!("{name} needs a client_secret: give it, or omit the method")))
        }
        None => Err(Error::configuration(
            "token_endpoint_auth_method is unknown: use client_secret_post, client_secret_basic or none",
        )),
    }
}

/// The first method of a server that grantkit has too. One that sends the secret precedes `none`.
fn common(supported: &[String]) -> Result<ClientAuthentication, Error> {
    let known = || supported.iter().filter_map(|name| ClientAuthentication::from_name(name));
    known().find(|method| *method != ClientAuthentication::None).or_else(|| known().next()).ok_or_else(|| {
        Error::configuration(
            "the server's metadata names no method of client authentication that grantkit has: register the client for client_secret_basic or client_secret_post, and set token_endpoint_auth_method",
        )
    })
}

/// Checks that a redirect URI is absolute and has no fragment (RFC 6749 section 3.1.2). Its scheme may be private
/// (RFC 8252 section 7.1).
fn check_redirect_uri(uri: &str) -> Result<(), Error> {
    let scheme = metadata::checked("redirect_uri", uri)?.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let reason = match scheme {
        "http" | "https" => url::parse(uri).err().filter(|reason| *reason != url::PLAIN_HTTP),
        _ if !is_scheme => Some("is not an absolute URI"),
        _ if uri.contains(['#', ' ']) => Some("has a fragment or a space"),
        _ => None,
    };
    match reason {
        Some(reason) => Err(Error::configuration(format!(
            "redirect_uri {reason}: give the URI exactly as it is registered"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_may_have_a_private_scheme() {
        for uri in ["com.example.app:/cb", "x-y+z:cb?a=b", "https://client.example.com/cb"] {
            assert!(check_redirect_uri(uri).is_ok(), "{uri}");
        }
        for uri in ["com.example.app:/c#b", "com.example.app:/c b", "/cb", "1a:/cb"] {
            assert!(check_redirect_uri(uri).is_err(), "{uri}");
        }
    }
}
