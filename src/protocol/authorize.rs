//! The authorization request (RFC 6749 4.1.1), with PKCE and state, always.

use super::client::Client;
use super::error::Error;
use super::frame::{Reader, Writer};
use super::secret::{Secret, SecretStr};
use super::time::UnixTime;
use super::{form, pkce, scope};

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

impl<'a> Pending<'a> {
    /// Reads its eight fields, in the order in which they are declared.
    pub fn read(reader: &mut Reader<'a>) -> Self {
        Self {
            state: reader.text().into(),
            code_verifier: reader.text().into(),
            issuer: reader.text(),
            redirect_uri: reader.text(),
            created_at: reader.number(),
            expires_at: reader.number(),
            offline: reader.optional().is_some(),
            return_to: reader.optional(),
        }
    }
}

/// An attempt that was begun: the URL to send the user to, and what to keep until the callback.
#[derive(Debug)]
pub struct Started(Secret);

impl Started {
    /// The URL, and what to keep.
    #[must_use]
    pub fn parts(&self) -> (&str, Pending<'_>) {
        let mut reader = Reader::own(self.0.expose());
        (reader.text(), Pending::read(&mut reader))
    }

    /// Both as one frame, for a host.
    #[must_use]
    pub fn into_frame(self) -> Secret {
        self.0
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
    if !options.return_to.is_none_or(is_path_on_own_origin) {
        return Err(Error::configuration(&[
            "return_to must be a path on your own origin, such as /settings",
        ]));
    }

    let (state, verifier) = random.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
    let state = pkce::random_text(state);
    let code_verifier = pkce::random_text(verifier.first_chunk::<32>().unwrap_or(&[0; 32]));

    let mut url = String::with_capacity(1024);
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
    form::append(&mut url, "state", state.expose());
    form::append(&mut url, "code_challenge", &pkce::challenge(code_verifier.expose()));
    form::append(&mut url, "code_challenge_method", "S256");
    append_parameters(&mut url, client, options.parameters)?;

    let offline = client.profile.offline_refresh_token
        && !options.parameters.iter().any(|(name, value)| *name == "access_type" && *value != "offline");
    let mut started = Writer::begin(url);
    started.field(state.expose());
    started.field(code_verifier.expose());
    started.field(client.issuer);
    started.field(redirect_uri);
    started.field(&now.to_string());
    started.field(&now.saturating_add(life).to_string());
    started.flag(offline);
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

/// A path, so that the application cannot be made to send its user elsewhere.
fn is_path_on_own_origin(path: &str) -> bool {
    let elsewhere = path.starts_with("//") || path.contains('\\') || path.chars().any(char::is_control);
    path.starts_with('/') && !elsewhere
}
