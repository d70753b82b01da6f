//! The authorization response ([RFC 6749 section 4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)): a
//! callback, untrusted until it is validated.

use std::borrow::Cow;

use super::authorization_request::Pending;
use super::client::Client;
use super::error::{Error, ErrorCode};
use super::region::ClientRegion;
use crate::text::secret::{self, Secret, is_visible};
use crate::text::split::cut;
use crate::text::time::UnixTime;
use crate::text::{form, redact, url};

/// A validated authorization response.
#[derive(Debug)]
#[non_exhaustive]
pub struct AuthorizationResponse {
    /// The authorization code.
    pub code: Secret,
    /// The accounts server of the region that issued the code; `None` without regions.
    pub accounts_server: Option<String>,
}

/// The members of a [`Pending`] that validation reads.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) state: &'a str,
    pub(crate) code_verifier: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) expires_at: UnixTime,
}

impl Pending {
    pub(crate) fn attempt(&self) -> Attempt<'_> {
        Attempt {
            state: self.state.expose(),
            code_verifier: self.code_verifier.expose(),
            issuer: &self.issuer,
            expires_at: self.expires_at,
        }
    }
}

/// The code of a validated response, and the region that issued it.
pub(crate) struct Validated<'c, 'r> {
    pub(crate) code: Cow<'r, str>,
    pub(crate) region: Option<&'c ClientRegion>,
}

/// The longest response that is parsed, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// The parameters of the response, still encoded. Each may occur only once (RFC 6749 section 3.1). Others belong to the
/// application, or are ignored.
#[derive(Default)]
struct Parameters<'a> {
    state: Option<&'a str>,
    code: Option<&'a str>,
    iss: Option<&'a str>,
    error: Option<&'a str>,
    error_description: Option<&'a str>,
    error_uri: Option<&'a str>,
    location: Option<&'a str>,
    accounts_server: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn parse(query: &'a str) -> Result<Self, Error> {
        let mut parsed = Self::default();
        for (name, value) in form::encoded_pairs(query) {
            let parameter = match name.as_ref() {
                "state" => &mut parsed.state,
                "code" => &mut parsed.code,
                "iss" => &mut parsed.iss,
                "error" => &mut parsed.error,
                "error_description" => &mut parsed.error_description,
                "error_uri" => &mut parsed.error_uri,
                "location" => &mut parsed.location,
                "accounts-server" => &mut parsed.accounts_server,
                _ => continue,
            };
            if parameter.replace(value).is_some() {
                return Err(Error::mismatch(format!(
                    "the callback has the parameter {name} twice (RFC 6749 3.1): start a new authorization request"
                )));
            }
        }
        Ok(parsed)
    }
}

/// The decoded value of a parameter. An empty one counts as absent.
fn value(encoded: Option<&str>) -> Option<Cow<'_, str>> {
    encoded.map(form::decode).filter(|text| !text.is_empty())
}

impl AuthorizationResponse {
    /// Validates a callback against the authorization request, and sends nothing.
    ///
    /// `callback` is a URL, a path with a query, or a query that begins with `?`.
    ///
    /// # Errors
    /// `callback_mismatch` when the callback is not that of this request, client or server; `authorization_response`
    /// when it is, and has `error`.
    pub fn validate(
        client: &Client,
        callback: &str,
        pending: &Pending,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let validated = validate(client, callback, pending.attempt(), now)?;
        Ok(Self {
            code: validated.code.as_ref().into(),
            accounts_server: validated.region.map(|region| region.accounts_server.clone()),
        })
    }
}

pub(crate) fn validate<'c, 'r>(
    client: &'c Client,
    callback: &'r str,
    attempt: Attempt<'_>,
    now: UnixTime,
) -> Result<Validated<'c, 'r>, Error> {
    check_attempt(client, attempt, now)?;
    if callback.len() > MAX_LENGTH {
        return Err(Error::mismatch("the callback is longer than 64 KiB: start a new authorization request"));
    }
    let (without_fragment, _) = cut(callback, b'#');
    let (_, query) = cut(without_fragment, b'?');
    let parameters = Parameters::parse(query.unwrap_or_default())?;

    match parameters.state.map(form::decode) {
        Some(state) if secret::matches(attempt.state, &state) => {}
        Some(_) => {
            return Err(Error::mismatch(
                "the callback's state is not that of this attempt (it may be of another tab, replayed or forged): start a new authorization request",
            ));
        }
        None => {
            return Err(Error::mismatch(
                "the callback has no state: pass the whole callback URL, or start a new authorization request",
            ));
        }
    }
    check_issuer(client, parameters.iss)?;
    let region =
        region(client, value(parameters.location).as_deref(), value(parameters.accounts_server).as_deref())?;
    if let Some(error) = value(parameters.error) {
        return Err(error_response(client, &error, &parameters, attempt));
    }
    match value(parameters.code) {
        Some(code) if !is_visible(&code) => Err(Error::mismatch(
            "the callback's code has characters that no code has (RFC 6749 appendix A.11): start a new authorization request",
        )),
        Some(code) => Ok(Validated { code, region }),
        None => Err(Error::mismatch(
            "the callback has neither a code nor an error: pass the whole callback URL, or start a new authorization request",
        )),
    }
}

fn check_attempt(client: &Client, attempt: Attempt<'_>, now: UnixTime) -> Result<(), Error> {
    // An empty state would match an empty one.
    if attempt.state.is_empty() || attempt.code_verifier.is_empty() {
        return Err(Error::mismatch(
            "the attempt's Pending is absent or incomplete: keep what authorizationRequest returned, and start a new authorization request",
        ));
    }
    if now >= attempt.expires_at {
        return Err(Error::mismatch("the attempt has expired: start a new authorization request"));
    }
    if attempt.issuer != client.issuer() {
        return Err(Error::mismatch(
            "the attempt was made for another authorization server: use the client that made it",
        ));
    }
    Ok(())
}

/// Checks the issuer by simple string comparison (RFC 9207 section 2.4).
fn check_issuer(client: &Client, iss: Option<&str>) -> Result<(), Error> {
    match iss {
        Some(iss) if form::decode(iss) == client.issuer() => Ok(()),
        Some(_) => Err(Error::mismatch(
            "the callback's iss is not this client's issuer, so it may come from another server (RFC 9207): start a new authorization request",
        )),
        None if client.iss_required => Err(Error::mismatch(
            "the callback has no iss although the server's metadata promises one (RFC 9207): start a new authorization request",
        )),
        None => Ok(()),
    }
}

/// The region of the user, which must be one of the profile or of the configuration; the home region if the callback
/// names none.
fn region<'c>(
    client: &'c Client,
    location: Option<&str>,
    accounts_server: Option<&str>,
) -> Result<Option<&'c ClientRegion>, Error> {
    if client.regions.is_empty() {
        return Ok(None);
    }
    match (location, accounts_server) {
        (_, Some(accounts)) => {
            let origin = accounts.strip_suffix('/').unwrap_or(accounts);
            let regions = || client.regions.iter().filter(|region| region.accounts_server == origin);
            let region =
                regions().find(|region| Some(region.location.as_str()) == location).or_else(|| regions().next());
            let Some(region) = region else {
                return Err(Error::mismatch(
                    "the callback names an accounts-server that is not of a known region, and nothing was sent to it: if it is a new region of your provider, allow it with server.accounts_server; else start a new authorization request",
                ));
            };
            let contradicts = location
                .is_some_and(|location| location != region.location && client.region(location).is_some());
            if contradicts {
                return Err(Error::mismatch(
                    "the callback's location and accounts-server are of two regions: start a new authorization request",
                ));
            }
            Ok(Some(region))
        }
        (Some(location), None) => client.region(location).map(Some).ok_or_else(|| {
            Error::mismatch(
                "the callback's location is not a known region: if it is a new region of your provider, allow it with server.accounts_server; else start a new authorization request",
            )
        }),
        (None, None) => Ok(client.region(&client.home)),
    }
}

/// The error of an authorization error response (RFC 6749 section 4.1.2.1).
fn error_response(client: &Client, code: &str, parameters: &Parameters<'_>, attempt: Attempt<'_>) -> Error {
    let sent = parameters.code.map(form::decode).unwrap_or_default();
    let secrets = [attempt.code_verifier, attempt.state, &sent];
    let redacted = |text: &str| redact::redact(text, &secrets);
    let next = match code {
        "access_denied" => "ask the user again when they want to connect",
        "invalid_scope" => "check the scopes",
        "server_error" | "temporarily_unavailable" => "try again later",
        _ => "check the client's registration and the request's parameters",
    };
    let host = url::host(client.issuer());
    let message = format!("{} from {host}: {next}", redacted(code));
    let mut error = Error::new(ErrorCode::AuthorizationResponse, message);
    error.retryable = matches!(code, "server_error" | "temporarily_unavailable");
    error.error = Some(redacted(code));
    let text = |encoded: Option<&str>| value(encoded).map(|text| redacted(&text));
    error.error_description = text(parameters.error_description);
    error.error_uri = text(parameters.error_uri);
    error
}
