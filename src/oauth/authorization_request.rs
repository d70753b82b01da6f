//! The authorization request ([RFC 6749 section 4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1)), always
//! with PKCE ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)) and a state.

use std::time::Duration;

use super::client::Client;
use super::error::Error;
use super::profile::Profile;
use super::{pkce, scope};
use crate::text::form;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// The number of random bytes of a request: 32 for its state, 32 for its code verifier.
pub const RANDOM_BYTES: usize = 64;

/// How long a [`Pending`] is valid by default.
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(600);
/// The longest time that a caller may set.
const LONGEST_MAX_AGE: Duration = Duration::from_secs(86_400);

/// Parameters that the request sets itself, and those that would put a secret into a URL.
const RESERVED: [&str; 8] = [
    "response_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// What an application keeps between the authorization request and its response. It may be used only once, and must be
/// encrypted before it leaves the server.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The state, which the response must have.
    pub state: Secret,
    /// The code verifier ([RFC 7636 section 4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    pub code_verifier: Secret,
    /// The issuer identifier of the authorization server.
    pub issuer: String,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// When the request was built.
    pub created_at: UnixTime,
    /// The time from which the response is no longer accepted.
    pub expires_at: UnixTime,
    /// Whether offline access was requested, so that a response without a refresh token is an error.
    pub offline: bool,
    /// The path on the application's origin to which it sends the user afterwards.
    pub return_to: Option<String>,
}

/// An authorization request: its URL, and what to keep until the response.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// The URL to which the user is sent, with the state and no secret of the client.
    pub url: Secret,
    /// What to keep until the response.
    pub pending: Pending,
}

/// The options of one authorization request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Scopes, separated by spaces or by the profile's separator.
    pub scope: &'a str,
    /// Extra parameters, by name and value.
    pub parameters: &'a [(&'a str, &'a str)],
    /// See [`Pending::return_to`].
    pub return_to: Option<&'a str>,
    /// How long the [`Pending`] is valid, from 1 to 86 400 seconds; `None` for 600 seconds.
    pub max_age: Option<Duration>,
}

/// The part that all requests of one client with the same options have in common.
#[derive(Debug)]
pub(crate) struct Template<'a> {
    /// The URL in three parts: before the value of `state`, between it and the value of `code_challenge`, and after
    /// that.
    pub(crate) url: [String; 3],
    /// See [`Pending::issuer`].
    pub(crate) issuer: &'a str,
    /// See [`Pending::redirect_uri`].
    pub(crate) redirect_uri: &'a str,
    /// How long the [`Pending`] is valid.
    pub(crate) max_age: Duration,
    /// See [`Pending::offline`].
    pub(crate) offline: bool,
}

impl<'a> Template<'a> {
    /// Builds the common part of all requests with these options, without [`Options::return_to`].
    ///
    /// # Errors
    /// As [`AuthorizationRequest::new`].
    pub(crate) fn new(client: &'a Client, options: &Options<'_>) -> Result<Self, Error> {
        let redirect_uri = client.redirect_uri.as_deref().ok_or_else(|| {
            Error::configuration("redirect_uri is missing: give the client the one that is registered for it")
        })?;
        let endpoint = client.endpoints.authorization.as_deref().ok_or_else(|| {
            Error::configuration(
                "server.authorization_endpoint is missing: give it with the server's metadata",
            )
        })?;
        if let Some(refusal) = client.refusal {
            return Err(Error::configuration(refusal));
        }
        let scope = scope::requested(&client.profile, options.scope);
        if scope.is_empty() && client.profile.scope_required {
            return Err(Error::configuration("scope is empty: name at least one scope"));
        }
        let max_age = options.max_age.unwrap_or(DEFAULT_MAX_AGE);
        if max_age < Duration::from_secs(1) || max_age > LONGEST_MAX_AGE {
            return Err(Error::configuration(
                "maxAge is out of range: give a whole number of seconds from 1 to 86400",
            ));
        }

        let mut url = String::with_capacity(512);
        url.push_str(endpoint);
        if !endpoint.contains('?') {
            url.push('?');
        }
        form::append(&mut url, "response_type", "code");
        form::append(&mut url, "client_id", &client.client_id);
        form::append(&mut url, "redirect_uri", redirect_uri);
        if !scope.is_empty() {
            form::append(&mut url, "scope", &scope);
        }
        form::append(&mut url, "state", "");
        let mut rest = "&code_challenge_method=S256".to_owned();
        append_parameters(&mut rest, client, options.parameters)?;

        // A parameter of the caller replaces that of the profile.
        let is_sent = |(name, value): &(String, String)| {
            !options.parameters.iter().any(|(given, other)| given == name && other != value)
        };
        let offline = client.profile.offline_access.as_ref().is_some_and(|own| own.iter().all(is_sent));
        let url = [url, "&code_challenge=".to_owned(), rest];
        Ok(Self { url, issuer: client.issuer(), redirect_uri, max_age, offline })
    }
}

/// Checks a [`Pending::return_to`].
///
/// # Errors
/// `invalid_configuration` when it could lead to another origin.
pub(crate) fn check_return_to(path: &str) -> Result<(), Error> {
    let is_plain = path.starts_with('/') && !path.contains('\\') && !path.chars().any(char::is_control);
    if is_plain && !begins_with_host(path) {
        return Ok(());
    }
    Err(Error::configuration(
        "return_to could lead to another origin: give a path on your own, such as /settings",
    ))
}

/// Whether a path begins with two slashes once its dot segments are removed, as that of `/.//host` does: it would be a
/// host then.
fn begins_with_host(path: &str) -> bool {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let mut rest = path.get(1..end).unwrap_or_default();
    let mut depth = 0_usize;
    // The last segment is followed by none.
    while let Some((segment, after)) = rest.split_once('/') {
        match dots(segment) {
            Some(0) if depth == 0 => return true,
            Some(1) => {}
            Some(2) => depth = depth.saturating_sub(1),
            _ => depth = depth.saturating_add(1),
        }
        rest = after;
    }
    false
}

/// How many dots a segment consists of, in each way to write one (URL Standard 4.1); nothing if it has something else.
fn dots(mut segment: &str) -> Option<usize> {
    let mut count = 0_usize;
    while !segment.is_empty() {
        segment = segment
            .strip_prefix('.')
            .or_else(|| segment.strip_prefix("%2e"))
            .or_else(|| segment.strip_prefix("%2E"))?;
        count = count.saturating_add(1);
    }
    Some(count)
}

/// The state, the code verifier and its code challenge, from random bytes.
#[must_use]
pub(crate) fn state_and_verifier(random: &[u8; RANDOM_BYTES]) -> [[u8; pkce::LENGTH]; 3] {
    let (state, verifier) = random.split_first_chunk().unwrap_or((&[0; 32], &[]));
    let code_verifier = pkce::base64url(verifier.first_chunk().unwrap_or(&[0; 32]));
    [pkce::base64url(state), code_verifier, pkce::challenge(&code_verifier)]
}

impl AuthorizationRequest {
    /// Builds an authorization request.
    ///
    /// # Errors
    /// `invalid_configuration` when the client has no redirect URI or no authorization endpoint, or an option cannot be
    /// sent.
    pub fn new(
        client: &Client,
        options: &Options<'_>,
        random: &[u8; RANDOM_BYTES],
        now: UnixTime,
    ) -> Result<Self, Error> {
        let template = Template::new(client, options)?;
        options.return_to.map_or(Ok(()), check_return_to)?;
        let texts = state_and_verifier(random);
        let [state, code_verifier, code_challenge] =
            texts.each_ref().map(|text| std::str::from_utf8(text).unwrap_or_default());
        let [before_state, before_challenge, rest] = &template.url;
        let url = [before_state, state, before_challenge, code_challenge, rest].concat();
        let pending = Pending {
            state: state.into(),
            code_verifier: code_verifier.into(),
            issuer: template.issuer.to_owned(),
            redirect_uri: template.redirect_uri.to_owned(),
            created_at: now,
            expires_at: now + template.max_age,
            offline: template.offline,
            return_to: options.return_to.map(str::to_owned),
        };
        Ok(Self { url: url.into(), pending })
    }
}

/// Appends the parameters of the profile that the caller does not set, then those of the caller.
fn append_parameters(url: &mut String, client: &Client, parameters: &[(&str, &str)]) -> Result<(), Error> {
    let Profile { authorization_parameters, offline_access, .. } = &client.profile;
    for (name, value) in authorization_parameters.iter().chain(offline_access.iter().flatten()) {
        if !parameters.iter().any(|(given, _)| given == name) {
            form::append(url, name, value);
        }
    }
    for (at, (name, value)) in parameters.iter().enumerate() {
        if RESERVED.contains(name) {
            return Err(Error::configuration(format!("parameters.{name} is set by grantkit: omit it")));
        }
        if name.is_empty() || parameters.iter().take(at).any(|(earlier, _)| earlier == name) {
            return Err(Error::configuration(
                "parameters has an empty or a repeated name (RFC 6749 section 3.1): name each parameter once",
            ));
        }
        form::append(url, name, value);
    }
    Ok(())
}
