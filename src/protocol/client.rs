//! The client: who asks, and at which server.

use std::borrow::Cow;
use std::fmt;

use base64ct::{Base64, Encoding};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::error::Error;
use super::frame::{Reader, join};
use super::secret::Secret;
use super::server::{self, AuthorizationServer, Site};
use super::{form, origin};
use crate::provider::profile::{BasicEncoding, Profile};
use crate::provider::table;

/// How the client proves who it is at the token endpoint (RFC 6749 2.3), by its RFC 7591 name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// `none`: a public client, `client_id` in the body.
    None,
    /// `client_secret_post`: id and secret in the body.
    Post,
    /// `client_secret_basic`: HTTP Basic.
    Basic,
}

impl Authentication {
    const ALL: [(Self, &'static str); 3] =
        [(Self::None, "none"), (Self::Post, "client_secret_post"), (Self::Basic, "client_secret_basic")];

    /// The RFC 7591 name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(method, _)| *method == self).map_or("none", |(_, name)| name)
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(method, _)| *method)
    }
}

/// One text, or one for each data centre.
#[derive(Clone)]
pub enum PerLocation {
    /// The same everywhere, or that of the home data centre.
    One(String),
    /// By `location`.
    Each(Vec<(String, String)>),
}

impl PerLocation {
    /// Every text with the location it is for; `home` names the location of a single one.
    pub fn entries<'a>(&'a self, home: &'a str) -> Vec<(&'a str, &'a str)> {
        match self {
            Self::One(text) => vec![(home, text)],
            Self::Each(list) => list.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        }
    }
}

impl fmt::Debug for PerLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for PerLocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = PerLocation;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, or an object with a string for each data centre")
            }
            fn visit_str<E>(self, text: &str) -> Result<PerLocation, E> {
                Ok(PerLocation::One(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PerLocation, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    list.push(entry);
                }
                Ok(PerLocation::Each(list))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// What a caller says of its client. Members are named as registered with IANA.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct ClientConfig {
    /// The server, as metadata (RFC 8414) or by its profile.
    pub server: AuthorizationServer,
    /// The client identifier.
    pub client_id: String,
    /// One secret, or one for each data centre.
    #[serde(default)]
    pub client_secret: Option<PerLocation>,
    /// RFC 7591 name of the client authentication.
    #[serde(default)]
    pub token_endpoint_auth_method: Option<String>,
    /// The redirect URI, exactly as registered.
    #[serde(default)]
    pub redirect_uri: Option<String>,
}

/// A configuration that was checked, with everything its profile supplies filled in.
#[derive(Debug, Clone)]
pub struct Client<'a> {
    pub(crate) profile: &'static Profile,
    pub(crate) client_id: Cow<'a, str>,
    pub(crate) authentication: Authentication,
    pub(crate) redirect_uri: Option<Cow<'a, str>>,
    pub(crate) issuer: Cow<'a, str>,
    pub(crate) iss_required: bool,
    pub(crate) authorization_endpoint: Option<Cow<'a, str>>,
    pub(crate) token_endpoint: Option<Cow<'a, str>>,
    pub(crate) revocation_endpoint: Option<Cow<'a, str>>,
    pub(crate) home: Cow<'a, str>,
    pub(crate) secret: Option<Secret<'a>>,
    /// What the caller says of single data centres, as [`server::sites`] reads it; with their secrets.
    pub(crate) sites: Secret<'a>,
}

/// How many fields [`Client::pack`] writes.
pub const PACKED_FIELDS: usize = 12;

impl Client<'static> {
    /// Checks a configuration.
    ///
    /// # Errors
    /// `invalid_configuration` that names the member and what it must be.
    pub fn new(config: &ClientConfig) -> Result<Self, Error> {
        let profile = server::profile(&config.server)?;
        let client_id =
            server::required("client_id", Some(&config.client_id), "copy it from the client's registration")?;
        let home = server::home(profile, &config.server)?;
        let secret = match &config.client_secret {
            Some(PerLocation::One(text)) => {
                Some(Secret::from(server::checked("client_secret", text)?.to_owned()))
            }
            Some(PerLocation::Each(_)) if profile.data_centres.is_empty() => {
                return Err(Error::configuration(
                    "client_secret is an object, but this server has no data centres: give one string",
                ));
            }
            Some(PerLocation::Each(_)) | None => None,
        };
        let authentication = authentication(profile, config)?;
        let redirect_uri = config.redirect_uri.as_deref().map(redirect_uri).transpose()?;
        let sites = server::pack_sites(profile, config, &home)?;
        let endpoints = server::endpoints(profile, &config.server, &home, &sites)?;
        Ok(Client {
            profile,
            client_id: Cow::Owned(client_id.to_owned()),
            authentication,
            redirect_uri: redirect_uri.map(|uri| Cow::Owned(uri.to_owned())),
            issuer: Cow::Owned(endpoints.issuer),
            iss_required: config.server.authorization_response_iss_parameter_supported.unwrap_or(false),
            authorization_endpoint: endpoints.authorization.map(Cow::Owned),
            token_endpoint: endpoints.token.map(Cow::Owned),
            revocation_endpoint: endpoints.revocation.map(Cow::Owned),
            home: Cow::Owned(home),
            secret,
            sites: Secret::from(sites),
        })
    }
}

impl<'a> Client<'a> {
    /// The client as one text, for a host that keeps it between calls. It holds the secrets.
    #[must_use]
    pub fn pack(&self) -> String {
        join(&[
            self.profile.name,
            &self.client_id,
            self.authentication.name(),
            self.redirect_uri.as_deref().unwrap_or_default(),
            &self.issuer,
            if self.iss_required { "1" } else { "" },
            self.authorization_endpoint.as_deref().unwrap_or_default(),
            self.token_endpoint.as_deref().unwrap_or_default(),
            self.revocation_endpoint.as_deref().unwrap_or_default(),
            &self.home,
            self.secret.as_ref().map_or("", Secret::expose),
            self.sites.expose(),
        ])
    }

    /// Reads what [`Client::pack`] wrote, without copying.
    ///
    /// # Errors
    /// `invalid_configuration` when it is something else.
    pub fn unpack(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let unknown = || Error::configuration("this is no packed client: create the client anew");
        Ok(Self {
            profile: table::find(reader.text()).ok_or_else(unknown)?,
            client_id: Cow::Borrowed(reader.text()),
            authentication: Authentication::named(reader.text()).ok_or_else(unknown)?,
            redirect_uri: reader.optional().map(Cow::Borrowed),
            issuer: Cow::Borrowed(reader.text()),
            iss_required: reader.optional().is_some(),
            authorization_endpoint: reader.optional().map(Cow::Borrowed),
            token_endpoint: reader.optional().map(Cow::Borrowed),
            revocation_endpoint: reader.optional().map(Cow::Borrowed),
            home: Cow::Borrowed(reader.text()),
            secret: reader.optional().map(Secret::from),
            sites: Secret::from(reader.text()),
        })
    }

    /// The secret to show at a data centre: its own, else the one for all.
    ///
    /// # Errors
    /// `invalid_configuration` when secrets were given for other data centres only.
    pub(crate) fn secret_at<'s>(&'s self, site: Option<&'s Site<'s>>) -> Result<Option<&'s str>, Error> {
        if let Some(secret) = site.and_then(|site| site.secret).or(self.secret.as_ref().map(Secret::expose)) {
            return Ok(Some(secret));
        }
        match site {
            Some(site) if self.authentication != Authentication::None => Err(Error::configuration(format!(
                "there is no client_secret for data centre \"{0}\": open the api-console of the client, choose \"{0}\" under multi-DC, and add its secret as client_secret.{0}",
                site.location
            ))),
            _ => Ok(None),
        }
    }

    /// Adds the client authentication to a form, or returns the `authorization` header that carries it.
    pub(crate) fn authenticate(
        &self,
        method: Authentication,
        secret: Option<&str>,
        body: &mut String,
    ) -> Option<Secret<'static>> {
        match (method, secret) {
            (Authentication::Basic, Some(secret)) => {
                return Some(Secret::from(format!("Basic {}", self.basic_credentials(secret).expose())));
            }
            (Authentication::Post, Some(secret)) => {
                form::append(body, "client_id", &self.client_id);
                form::append(body, "client_secret", secret);
            }
            _ => form::append(body, "client_id", &self.client_id),
        }
        None
    }

    /// RFC 7617 credentials of the id and secret, encoded as the profile says (RFC 6749 2.3.1).
    pub(crate) fn basic_credentials(&self, secret: &str) -> Secret<'static> {
        let mut pair = String::new();
        match self.profile.basic {
            BasicEncoding::Encoded => {
                form::encode_into(&mut pair, &self.client_id);
                pair.push(':');
                form::encode_into(&mut pair, secret);
            }
            BasicEncoding::Raw => {
                pair.push_str(&self.client_id);
                pair.push(':');
                pair.push_str(secret);
            }
        }
        Secret::from(Base64::encode_string(Secret::from(pair).expose().as_bytes()))
    }
}

fn authentication(profile: &Profile, config: &ClientConfig) -> Result<Authentication, Error> {
    let has_secret = config.client_secret.is_some();
    let Some(name) = config.token_endpoint_auth_method.as_deref() else {
        return Ok(if has_secret { profile.authentication } else { Authentication::None });
    };
    match Authentication::named(name) {
        Some(method) if method == Authentication::None || has_secret => Ok(method),
        Some(_) => Err(Error::configuration(format!(
            "{name} needs a client_secret: give it, or leave the method away"
        ))),
        None => Err(Error::configuration(
            "token_endpoint_auth_method must be client_secret_post, client_secret_basic or none",
        )),
    }
}

/// A redirect URI is absolute and has no fragment (RFC 6749 3.1.2); its scheme may be private (RFC 8252 7.1).
fn redirect_uri(uri: &str) -> Result<&str, Error> {
    let scheme =
        server::checked("redirect_uri", uri)?.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let reason = match scheme {
        "http" | "https" => origin::parse(uri).err().filter(|reason| !reason.contains("plain http")),
        _ if !is_scheme => Some("is not an absolute URI"),
        _ if uri.contains(['#', ' ']) => Some("has a fragment or a space"),
        _ => None,
    };
    match reason {
        Some(reason) => Err(Error::configuration(format!(
            "redirect_uri {reason}: give the URI exactly as it is registered"
        ))),
        None => Ok(uri),
    }
}
