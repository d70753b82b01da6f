//! The authorization request (RFC 6749 4.1.1), with PKCE and state, always.

use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::oauth::frame::{Reader, Writer};
use crate::oauth::{pkce, scope};
use crate::text::form;
use crate::text::secret::{Secret, SecretStr};
use crate::text::time::UnixTime;

/// How many random bytes a request takes: 32 for its state, 32 for its code verifier.
pub const RANDOM_BYTES: usize = 64;

/// The longest life of a [`Pending`], in seconds.
const LONGEST_LIFE: i64 = 86_400;

/// Parameters that are set here, and those that would carry a secret into a URL.
const OWNED: [&str; 8] = [
    "response_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// What an attempt keeps between sending the user away and the callback: single use, to be sealed before it leaves the
/// server.
#[derive(Debug, Clone, Copy)]
pub struct Pending<'a> {
    /// The state that the callback must bring back.
    pub state: SecretStr<'a>,
    /// The code verifier (RFC 7636 4.1).
    pub code_verifier: SecretStr<'a>,
    /// The issuer that the user was sent to.
    pub issuer: &'a str,
    /// The redirect URI that was sent.
    pub redirect_uri: &'a str,
    /// When the attempt began.
    pub created_at: UnixTime,
    /// When its callback is no longer taken.
    pub expires_at: UnixTime,
    /// Whether offline access was asked for, so that a missing refresh token is an error.
    pub offline: bool,
    /// Where the application wants the user afterwards: a path on its own origin.
    pub return_to: Option<&'a str>,
}

/// An attempt that was begun: the URL to send the user to, and what to keep until the callback.
#[derive(Debug)]
pub struct Started(Secret);

impl Started {
    /// The URL, and what to keep.
    #[must_use]
    pub fn parts(&self) -> (&str, Pending<'_>) {
        let mut reader = Reader::own(self.0.expose());
        let url = reader.text();
        let pending = Pending {
            state: reader.text().into(),
            code_verifier: reader.text().into(),
            issuer: reader.text(),
            redirect_uri: reader.text(),
            created_at: reader.number(),
            expires_at: reader.number(),
            offline: reader.optional().is_some(),
            return_to: reader.optional(),
        };
        (url, pending)
    }
}

/// What a caller says of one authorization request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Scopes between spaces, or between the profile's separators.
    pub scope: &'a str,
    /// Extra parameters.
    pub parameters: &'a [(&'a str, &'a str)],
    /// See [`Pending::return_to`].
    pub return_to: Option<&'a str>,
    /// Life of the [`Pending`] in seconds; 600 when absent.
    pub max_age: Option<i64>,
}

/// What all requests with the same options have in common.
#[derive(Debug)]
pub struct Outline<'a> {
    /// The URL up to the value of `state`, from there up to that of `code_challenge`, and from there on.
    pub url: [String; 3],
    /// See [`Pending::issuer`].
    pub issuer: &'a str,
    /// See [`Pending::redirect_uri`].
    pub redirect_uri: &'a str,
    /// Life of the [`Pending`] in seconds.
    pub life: i64,
    /// See [`Pending::offline`].
    pub offline: bool,
}

/// Builds what all requests with these options have in common; [`Options::return_to`] is not looked at.
///
/// # Errors
/// As [`request`].
pub fn outline<'a>(client: &Client<'a>, options: &Options<'_>) -> Result<Outline<'a>, Error> {
    let redirect_uri = client.redirect_uri.ok_or_else(|| {
        Error::configuration(&["redirect_uri is missing: give the client the one that is registered for it"])
    })?;
    let endpoint = client.authorization_endpoint.ok_or_else(|| {
        Error::configuration(&[
            "server.authorization_endpoint is missing: give it with the server's metadata",
        ])
    })?;
    let scope = scope::requested(client.profile, options.scope);
    if scope.is_empty() && client.profile.scope_required {
        return Err(Error::configuration(&[
            "scope is empty: name at least one, such as ZohoCRM.modules.READ",
        ]));
    }
    let life = options.max_age.unwrap_or(600);
    if !(1..=LONGEST_LIFE).contains(&life) {
        return Err(Error::configuration(&["maxAge must be a whole number of seconds from 1 to 86400"]));
    }

    let mut url = String::with_capacity(512);
    url.push_str(endpoint);
    if !endpoint.contains('?') {
        url.push('?');
    }
    form::append(&mut url, "response_type", "code");
    form::append(&mut url, "client_id", client.client_id);
    form::append(&mut url, "redirect_uri", redirect_uri);
    if !scope.is_empty() {
        form::append(&mut url, "scope", &scope);
    }
    form::append(&mut url, "state", "");
    let mut rest = "&code_challenge_method=S256".to_owned();
    append_parameters(&mut rest, client, options.parameters)?;

    let offline = client.profile.offline_refresh_token
        && !options.parameters.iter().any(|(name, value)| *name == "access_type" && *value != "offline");
    Ok(Outline {
        url: [url, "&code_challenge=".to_owned(), rest],
        issuer: client.issuer,
        redirect_uri,
        life,
        offline,
    })
}

/// Checks where the application wants the user afterwards: see [`Pending::return_to`].
///
/// # Errors
/// `invalid_configuration` when it could lead elsewhere.
pub fn check_return_to(path: &str) -> Result<(), Error> {
    let elsewhere = path.starts_with("//") || path.contains('\\') || path.chars().any(char::is_control);
    if path.starts_with('/') && !elsewhere {
        return Ok(());
    }
    Err(Error::configuration(&["return_to must be a path on your own origin, such as /settings"]))
}

/// What is new in every request: its state, its code verifier, and the challenge of that.
#[must_use]
pub fn attempt(random: &[u8; RANDOM_BYTES]) -> [[u8; pkce::LENGTH]; 3] {
    let (state, verifier) = random.split_first_chunk().unwrap_or((&[0; 32], &[]));
    let code_verifier = pkce::text(verifier.first_chunk().unwrap_or(&[0; 32]));
    [pkce::text(state), code_verifier, pkce::challenge(&code_verifier)]
}

/// Builds the URL to send the user to, and what to keep until the callback.
///
/// # Errors
/// `invalid_configuration` when the client has no redirect URI or authorization endpoint, or an option cannot be sent.
pub fn request(
    client: &Client<'_>,
    options: &Options<'_>,
    random: &[u8; RANDOM_BYTES],
    now: UnixTime,
) -> Result<Started, Error> {
    let outline = outline(client, options)?;
    options.return_to.map_or(Ok(()), check_return_to)?;
    let attempt = attempt(random);
    let [state, code_verifier, code_challenge] =
        attempt.each_ref().map(|text| std::str::from_utf8(text).unwrap_or_default());
    let [before_state, before_challenge, rest] = &outline.url;
    let mut started = Writer::begin([before_state, state, before_challenge, code_challenge, rest].concat());
    started.field(state);
    started.field(code_verifier);
    started.field(outline.issuer);
    started.field(outline.redirect_uri);
    started.field(&now.to_string());
    started.field(&now.saturating_add(outline.life).to_string());
    started.flag(outline.offline);
    started.field(options.return_to.unwrap_or_default());
    Ok(Started(started.finish()))
}

/// The profile's parameters unless the caller sets them, then the caller's.
fn append_parameters(
    url: &mut String,
    client: &Client<'_>,
    parameters: &[(&str, &str)],
) -> Result<(), Error> {
    for (name, value) in client.profile.authorization_parameters {
        if !parameters.iter().any(|(given, _)| given == name) {
            form::append(url, name, value);
        }
    }
    for (position, (name, value)) in parameters.iter().enumerate() {
        if OWNED.contains(name) {
            return Err(Error::configuration(&["parameters.", name, " is set by grantkit: leave it away"]));
        }
        if name.is_empty() || parameters.iter().take(position).any(|(earlier, _)| earlier == name) {
            return Err(Error::configuration(&["parameters must have names, each once (RFC 6749 3.1)"]));
        }
        form::append(url, name, value);
    }
    Ok(())
}
