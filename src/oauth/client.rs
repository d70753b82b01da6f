//! The client: who asks, and at which server.

use base64ct::{Base64, Encoding};

use crate::oauth::error::Error;
use crate::oauth::frame::{Reader, Writer};
use crate::oauth::metadata::{self, AuthorizationServer, Site};
use crate::oauth::profile::{BasicEncoding, Profile};
use crate::provider::table;
use crate::text::secret::{Secret, SecretStr};
use crate::text::{form, url};

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

/// What a caller says of its client.
#[derive(Debug, Clone, Default)]
pub struct ClientConfig<'a> {
    /// The server, as metadata (RFC 8414) or by its profile.
    pub server: AuthorizationServer<'a>,
    /// The client identifier.
    pub client_id: &'a str,
    /// Secrets, each with the data centre it is for; an empty name means everywhere.
    pub client_secret: Vec<(&'a str, SecretStr<'a>)>,
    /// RFC 7591 name of the client authentication.
    pub token_endpoint_auth_method: Option<&'a str>,
    /// The redirect URI, exactly as registered.
    pub redirect_uri: Option<&'a str>,
}

/// What [`pack`] wrote, and where its fields are, so that nobody looks for them again.
#[derive(Debug, Default)]
pub struct Packed {
    text: Secret,
    ends: Vec<usize>,
}

impl Packed {
    /// Finds the fields of what [`pack`] wrote.
    #[must_use]
    pub fn new(text: Secret) -> Self {
        let ends = text.expose().bytes().enumerate().filter(|(_, byte)| *byte == 0).map(|(at, _)| at);
        let ends = ends.chain([text.expose().len()]).collect();
        Self { text, ends }
    }

    /// The client.
    ///
    /// # Errors
    /// `invalid_configuration` when it is something else.
    pub fn client(&self) -> Result<Client<'_>, Error> {
        let (mut begin, mut ends) = (0, self.ends.iter());
        Client::of(&mut || {
            let Some(end) = ends.next() else { return "" };
            let text = self.text.expose().get(begin..*end);
            begin = end.saturating_add(1);
            text.unwrap_or_default()
        })
    }
}

/// A configuration that was checked, with everything its profile supplies filled in.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    pub(crate) profile: &'static Profile,
    pub(crate) client_id: &'a str,
    pub(crate) authentication: Authentication,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) issuer: &'a str,
    pub(crate) iss_required: bool,
    pub(crate) authorization_endpoint: Option<&'a str>,
    pub(crate) token_endpoint: Option<&'a str>,
    pub(crate) revocation_endpoint: Option<&'a str>,
    /// The data centre where the client is registered.
    pub(crate) home: &'a str,
    pub(crate) secret: Option<SecretStr<'a>>,
    /// What the caller says of single data centres, as [`metadata::sites`] reads it; with their secrets.
    pub(crate) sites: SecretStr<'a>,
}

/// Checks a configuration and packs it: a frame that [`Client::unpack`] reads without copying. It holds the secrets.
///
/// # Errors
/// `invalid_configuration` that names the member and what it must be.
pub fn pack(config: &ClientConfig<'_>) -> Result<Secret, Error> {
    let profile = metadata::profile(&config.server)?;
    let client_id =
        metadata::required("client_id", Some(config.client_id), "copy it from the client's registration")?;
    let home = metadata::home(profile, &config.server)?;
    let mut secret = "";
    for (location, text) in &config.client_secret {
        let text = metadata::checked("client_secret", text.expose())?;
        if location.is_empty() {
            secret = text;
        } else if profile.data_centres.is_empty() {
            return Err(Error::configuration(&[
                "client_secret is an object, but this server has no data centres: give one string",
            ]));
        }
    }
    let authentication = authentication(profile, config)?;
    let redirect_uri = config.redirect_uri.map(redirect_uri).transpose()?;
    let sites = metadata::pack_sites(profile, config, home)?;
    let endpoints = metadata::endpoints(profile, &config.server, home, sites.expose())?;

    let mut packed = Writer::begin(profile.name.to_owned());
    packed.field(client_id);
    packed.field(authentication.name());
    packed.field(redirect_uri.unwrap_or_default());
    packed.field(&endpoints.issuer);
    packed.flag(config.server.authorization_response_iss_parameter_supported);
    packed.field(&endpoints.authorization);
    packed.field(&endpoints.token);
    packed.field(&endpoints.revocation);
    packed.field(home);
    packed.field(secret);
    packed.field(sites.expose());
    Ok(packed.finish())
}

impl<'a> Client<'a> {
    /// Reads what [`pack`] wrote.
    ///
    /// # Errors
    /// `invalid_configuration` when it is something else.
    pub fn unpack(packed: &'a str) -> Result<Self, Error> {
        let mut reader = Reader::own(packed);
        Self::of(&mut || reader.text())
    }

    fn of(text: &mut dyn FnMut() -> &'a str) -> Result<Self, Error> {
        let (Some(profile), client_id, Some(authentication)) =
            (table::find(text()), text(), Authentication::named(text()))
        else {
            return Err(Error::configuration(&["this is no packed client: create the client anew"]));
        };
        let mut optional = || Some(text()).filter(|text| !text.is_empty());
        Ok(Self {
            profile,
            client_id,
            authentication,
            redirect_uri: optional(),
            issuer: optional().unwrap_or_default(),
            iss_required: optional().is_some(),
            authorization_endpoint: optional(),
            token_endpoint: optional(),
            revocation_endpoint: optional(),
            home: optional().unwrap_or_default(),
            secret: optional().map(SecretStr::from),
            sites: optional().unwrap_or_default().into(),
        })
    }

    /// The data centre of that name.
    #[inline(never)]
    pub(crate) fn site(&self, location: &str) -> Option<Site<'a>> {
        self.sites().find(|site| site.location == location)
    }

    /// Every data centre of this client's server.
    pub(crate) fn sites(&self) -> impl Iterator<Item = Site<'a>> + use<'a> {
        metadata::sites(self.profile, self.sites.expose())
    }

    /// The API origin that these tokens are for: the caller's, else the tokens' if it is on the table, else the data
    /// centre's own.
    pub(crate) fn api_origin<'s>(
        &self,
        accounts_server: &str,
        sent: &'s str,
    ) -> Result<Option<&'s str>, Error>
    where
        'a: 's,
    {
        let Some(site) = crate::oauth::token_request::site_of(self, accounts_server)? else {
            return Ok(metadata::only_api(self.sites.expose()));
        };
        Ok(site.api.or_else(|| self.known_api(sent)).or_else(|| site.apis.first().copied()))
    }

    /// An API origin, if it is one of the table or of the caller's.
    pub(crate) fn known_api<'s>(&self, origin: &'s str) -> Option<&'s str> {
        let known = |site: Site<'_>| site.api == Some(origin) || site.apis.contains(&origin);
        Some(origin).filter(|_| self.sites().any(known))
    }

    /// The secret to show at a data centre: its own, else the one for all.
    ///
    /// # Errors
    /// `invalid_configuration` when secrets were given for other data centres only.
    pub(crate) fn secret_at<'s>(&self, site: Option<&Site<'s>>) -> Result<Option<&'s str>, Error>
    where
        'a: 's,
    {
        let own = site.and_then(|site| site.secret);
        match (own.or(self.secret.map(|secret| secret.expose())), site) {
            (None, Some(site)) if self.authentication != Authentication::None => {
                Err(Error::configuration(&[
                    "there is no client_secret for data centre \"",
                    site.location,
                    "\": open the client in its api-console, look under multi-DC, and add the secret of that data centre to client_secret",
                ]))
            }
            (secret, _) => Ok(secret),
        }
    }

    /// Adds the client authentication to a form; returns the `authorization` header that carries it instead, or nothing.
    pub(crate) fn authenticate(
        &self,
        method: Authentication,
        secret: Option<&str>,
        body: &mut String,
    ) -> Secret {
        match (method, secret) {
            (Authentication::Basic, Some(secret)) => {
                let mut header = Secret::from("Basic ".to_owned());
                header.push(self.basic_credentials(secret).expose());
                return header;
            }
            (Authentication::Post, Some(secret)) => {
                form::append(body, "client_id", self.client_id);
                form::append(body, "client_secret", secret);
            }
            _ => form::append(body, "client_id", self.client_id),
        }
        Secret::default()
    }

    /// RFC 7617 credentials of the id and secret, encoded as the profile says (RFC 6749 2.3.1).
    pub(crate) fn basic_credentials(&self, secret: &str) -> Secret {
        let mut pair = String::new();
        match self.profile.basic {
            BasicEncoding::Encoded => {
                form::encode_into(&mut pair, self.client_id);
                pair.push(':');
                form::encode_into(&mut pair, secret);
            }
            BasicEncoding::Raw => {
                pair.push_str(self.client_id);
                pair.push(':');
                pair.push_str(secret);
            }
        }
        Secret::from(Base64::encode_string(Secret::from(pair).expose().as_bytes()))
    }
}

fn authentication(profile: &Profile, config: &ClientConfig<'_>) -> Result<Authentication, Error> {
    let has_secret = !config.client_secret.is_empty();
    let Some(name) = config.token_endpoint_auth_method else {
        return Ok(if has_secret { profile.authentication } else { Authentication::None });
    };
    match Authentication::named(name) {
        Some(method) if method == Authentication::None || has_secret => Ok(method),
        Some(_) => {
            Err(Error::configuration(&[name, " needs a client_secret: give it, or leave the method away"]))
        }
        None => Err(Error::configuration(&[
            "token_endpoint_auth_method must be client_secret_post, client_secret_basic or none",
        ])),
    }
}

/// A redirect URI is absolute and has no fragment (RFC 6749 3.1.2); its scheme may be private (RFC 8252 7.1).
fn redirect_uri(uri: &str) -> Result<&str, Error> {
    let scheme =
        metadata::checked("redirect_uri", uri)?.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let reason = match scheme {
        "http" | "https" => url::parse(uri).err().filter(|reason| *reason != url::PLAIN_HTTP),
        _ if !is_scheme => Some("is not an absolute URI"),
        _ if uri.contains(['#', ' ']) => Some("has a fragment or a space"),
        _ => None,
    };
    match reason {
        Some(reason) => Err(Error::configuration(&[
            "redirect_uri ",
            reason,
            ": give the URI exactly as it is registered",
        ])),
        None => Ok(uri),
    }
}
