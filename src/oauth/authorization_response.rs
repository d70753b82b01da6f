//! The authorization response (RFC 6749 4.1.2): the callback, hostile until checked.

use std::borrow::Cow;

use crate::oauth::authorization_request::Pending;
use crate::oauth::client::Client;
use crate::oauth::error::{Code, Error};
use crate::oauth::metadata::Site;
use crate::text::secret::{Secret, is_visible};
use crate::text::time::UnixTime;
use crate::text::{form, redact, scan, url};

/// A callback that was checked.
#[derive(Debug)]
pub struct Callback<'c> {
    /// The authorization code.
    pub code: Secret,
    /// The data centre that made it; `None` for a server with one origin.
    pub site: Option<Site<'c>>,
}

/// The longest callback that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// The parameters that are read, each at most once (RFC 6749 3.1), as they stand in the query. Others are the
/// application's, or ignored.
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
    fn read(query: &'a str) -> Result<Self, Error> {
        let mut read = Self::default();
        for (name, value) in form::encoded_pairs(query) {
            let place = match name.as_ref() {
                "state" => &mut read.state,
                "code" => &mut read.code,
                "iss" => &mut read.iss,
                "error" => &mut read.error,
                "error_description" => &mut read.error_description,
                "error_uri" => &mut read.error_uri,
                "location" => &mut read.location,
                "accounts-server" => &mut read.accounts_server,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Error::mismatch(&[
                    "the callback has the parameter ",
                    &name,
                    " twice (RFC 6749 3.1): start a new authorization request",
                ]));
            }
        }
        Ok(read)
    }
}

/// The value of a parameter, where an empty one is none.
#[inline(never)]
fn value(encoded: Option<&str>) -> Option<Cow<'_, str>> {
    encoded.map(form::decode).filter(|text| !text.is_empty())
}

/// Checks a callback against the attempt that it claims to answer. Sends nothing.
///
/// `callback` is a URL, a path with query, or a query that begins with `?`.
///
/// # Errors
/// `callback_mismatch` when it does not belong to this attempt, client or server; `authorization_response` when it does
/// and carries `error`.
pub fn validate<'c>(
    client: &Client<'c>,
    callback: &str,
    pending: &Pending<'_>,
    now: UnixTime,
) -> Result<Callback<'c>, Error> {
    check_pending(client, pending, now)?;
    if callback.len() > LONGEST {
        return Err(Error::mismatch(&[
            "the callback is longer than 64 KiB: start a new authorization request",
        ]));
    }
    let (without_fragment, _) = scan::cut(callback, b'#');
    let (_, query) = scan::cut(without_fragment, b'?');
    let parameters = Parameters::read(query.unwrap_or_default())?;

    match parameters.state.map(form::decode) {
        Some(state) if pending.state.matches(&state) => {}
        Some(_) => {
            return Err(Error::mismatch(&[
                "the callback's state is not that of this attempt: another tab's, a replayed or a forged one; start a new authorization request",
            ]));
        }
        None => {
            return Err(Error::mismatch(&[
                "the callback has no state: pass the whole callback URL, or start a new authorization request",
            ]));
        }
    }
    check_issuer(client, parameters.iss)?;
    let site =
        site(client, value(parameters.location).as_deref(), value(parameters.accounts_server).as_deref())?;
    if let Some(word) = value(parameters.error) {
        return Err(refused(client, &word, &parameters, pending));
    }
    match value(parameters.code) {
        Some(code) if !is_visible(&code) => Err(Error::mismatch(&[
            "the callback's code has characters that no code has (RFC 6749 appendix A.11): start a new authorization request",
        ])),
        Some(code) => Ok(Callback { code: Secret::from(code.into_owned()), site }),
        None => Err(Error::mismatch(&[
            "the callback has neither a code nor an error: pass the whole callback URL, or start a new authorization request",
        ])),
    }
}

fn check_pending(client: &Client<'_>, pending: &Pending<'_>, now: UnixTime) -> Result<(), Error> {
    // An empty state would match an empty one.
    if pending.state.expose().is_empty() || pending.code_verifier.expose().is_empty() {
        return Err(Error::mismatch(&[
            "the attempt's Pending is absent or incomplete: keep what authorizationRequest returned, and start anew",
        ]));
    }
    if now >= pending.expires_at {
        return Err(Error::mismatch(&["the attempt has expired: start a new authorization request"]));
    }
    if pending.issuer != client.issuer {
        return Err(Error::mismatch(&[
            "the attempt was made for another authorization server: use the client that made it",
        ]));
    }
    Ok(())
}

/// RFC 9207 2.4, by simple string comparison.
fn check_issuer(client: &Client<'_>, iss: Option<&str>) -> Result<(), Error> {
    match iss {
        Some(iss) if form::decode(iss) == client.issuer => Ok(()),
        Some(_) => Err(Error::mismatch(&[
            "the callback's iss is not this client's issuer, so another server may have answered (RFC 9207): start a new authorization request",
        ])),
        None if client.iss_required => Err(Error::mismatch(&[
            "the callback has no iss although the server says that it sends one (RFC 9207): start a new authorization request",
        ])),
        None => Ok(()),
    }
}

/// The data centre of the user, by the table and the caller's allowance alone; the client's own where none is named.
fn site<'c>(
    client: &Client<'c>,
    location: Option<&str>,
    accounts_server: Option<&str>,
) -> Result<Option<Site<'c>>, Error> {
    if client.profile.data_centres.is_empty() {
        return Ok(None);
    }
    let next = "if it is a new data centre of your provider, allow it with accountsServer; else start a new authorization request";
    match (location, accounts_server) {
        (_, Some(accounts)) => {
            let origin = accounts.strip_suffix('/').unwrap_or(accounts);
            let sites = || client.sites().filter(|site| site.accounts == origin);
            let site = sites().find(|site| Some(site.location) == location).or_else(|| sites().next());
            let Some(site) = site else {
                return Err(Error::mismatch(&[
                    "the callback names an accounts-server that is not on the data-centre table, and nothing was sent to it: ",
                    next,
                ]));
            };
            let contradicts =
                location.is_some_and(|location| location != site.location && client.site(location).is_some());
            if contradicts {
                return Err(Error::mismatch(&[
                    "the callback's location and accounts-server are of two data centres: start a new authorization request",
                ]));
            }
            Ok(Some(site))
        }
        (Some(location), None) => client.site(location).map(Some).ok_or_else(|| {
            Error::mismatch(&["the callback's location is not on the data-centre table: ", next])
        }),
        (None, None) => Ok(client.site(client.home)),
    }
}

/// The server's own refusal (RFC 6749 4.1.2.1).
fn refused(client: &Client<'_>, word: &str, parameters: &Parameters<'_>, pending: &Pending<'_>) -> Error {
    let code = parameters.code.map(form::decode).unwrap_or_default();
    let secrets = [pending.code_verifier.expose(), pending.state.expose(), &code];
    let shown = |text: &str| redact::shown(text, &secrets);
    let next = match word {
        "access_denied" => "the user, or the server, refused: ask again when the user wants to",
        "invalid_scope" => "check the scopes",
        "server_error" | "temporarily_unavailable" => "try again later",
        _ => "check the client's registration and the request's parameters",
    };
    let mut error = Error::new(
        Code::AuthorizationResponse,
        &[&shown(word), " from ", url::host(client.issuer), ": ", next],
    );
    error.retryable = matches!(word, "server_error" | "temporarily_unavailable");
    error.error = Some(shown(word));
    let said = |text: Option<&str>| value(text).map(|text| shown(&text));
    error.error_description = said(parameters.error_description);
    error.error_uri = said(parameters.error_uri);
    error
}
