//! Who is registered: clients and users, and the defaults where none are given.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::regions;
use crate::oauth::profile::Region;

/// The client that is registered where no other is given, at every data centre with the same secret.
pub const DEFAULT_CLIENT_ID: &str = "1000.GRANTKITFAKECLIENT0000000000001";
/// Its secret.
pub const DEFAULT_CLIENT_SECRET: &str = "fake0secret0of0the0default0client";
/// Its redirect URIs.
pub const DEFAULT_REDIRECT_URIS: [&str; 4] = [
    "https://app.example/callback",
    "http://127.0.0.1:8787/callback",
    "http://localhost:8787/callback",
    "http://localhost:3000/callback",
];
/// The users who live where no other is given: an email address and a data centre each.
pub const DEFAULT_USERS: [(&str, &str); 3] =
    [("ada@example.com", "us"), ("emil@example.eu", "eu"), ("indira@example.in", "in")];
/// Where the clock begins unless told otherwise: 2026-01-05T09:00:00Z.
pub const DEFAULT_NOW: u64 = 1_767_603_600;

/// What a fake begins with. Absent members take their defaults; a member that is not known is an error.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Registered clients; where empty, the default client.
    pub clients: Vec<ClientOptions>,
    /// Users, who each live at one data centre; where empty, the default users.
    pub users: Vec<UserOptions>,
    /// Where codes, tokens and records come from.
    pub seed: u64,
    /// Unix seconds at which the clock begins.
    pub now: Option<u64>,
    /// How the callback is written.
    pub callback: CallbackVariant,
}

/// A registered client. One with redirect URIs is known at every data centre for which it has a secret; one without is
/// a Self Client, known at its own data centre alone.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientOptions {
    /// As the console shows it.
    pub client_id: String,
    /// One secret for all data centres, or one for each.
    pub client_secret: SecretOption,
    /// As registered, compared exactly.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The data centre where the client is registered; `us` unless told otherwise.
    #[serde(default)]
    pub location: Option<String>,
}

/// Zoho issues a secret per data centre unless "same credentials for all data centers" is ticked.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum SecretOption {
    /// The same everywhere.
    One(String),
    /// By `location`; where none is named, the client is not known.
    PerRegion(BTreeMap<String, String>),
}

/// A user.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserOptions {
    /// By which the user is chosen.
    pub email: String,
    /// The data centre that holds the account.
    pub location: String,
}

/// How the redirect to the client departs from the common form, `state`, `code`, `location` and a percent-encoded
/// `accounts-server`. All of these were seen.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackVariant {
    /// `accounts-server` is written as it is.
    pub plain: bool,
    /// An `&` follows the last parameter.
    pub trailing_ampersand: bool,
    /// There is no `location`.
    pub no_location: bool,
    /// There is no `accounts-server`.
    pub no_accounts_server: bool,
}

/// The caller of the fake asked for what it cannot do. Protocol errors are answers, never this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misuse(String);

impl Misuse {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) redirect_uris: Vec<String>,
    pub(super) home: &'static Region,
    secret: SecretOption,
}

impl Client {
    /// The secret at a data centre; `None` where the client is not known there.
    pub(super) fn secret_for(&self, region: &Region) -> Option<&str> {
        if self.redirect_uris.is_empty() && region.location != self.home.location {
            return None;
        }
        match &self.secret {
            SecretOption::One(secret) => Some(secret),
            SecretOption::PerRegion(secrets) => secrets.get(&region.location).map(String::as_str),
        }
    }
}

#[derive(Clone)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) region: &'static Region,
}

pub(super) fn clients(options: Vec<ClientOptions>) -> Result<Vec<Arc<Client>>, Misuse> {
    let mut clients: Vec<Arc<Client>> = Vec::new();
    for given in if options.is_empty() { vec![default_client()] } else { options } {
        let home = regions::region(given.location.as_deref().unwrap_or("us"))?;
        if let SecretOption::PerRegion(secrets) = &given.client_secret {
            for location in secrets.keys() {
                regions::region(location)?;
            }
        }
        if clients.iter().any(|known| known.id == given.client_id) {
            return Err(Misuse::new(format!("the client {:?} is given twice", given.client_id)));
        }
        clients.push(Arc::new(Client {
            id: given.client_id,
            redirect_uris: given.redirect_uris,
            home,
            secret: given.client_secret,
        }));
    }
    Ok(clients)
}

pub(super) fn users(options: Vec<UserOptions>) -> Result<Vec<Arc<User>>, Misuse> {
    let mut users: Vec<Arc<User>> = Vec::new();
    for given in if options.is_empty() { default_users() } else { options } {
        if users.iter().any(|known| known.email == given.email) {
            return Err(Misuse::new(format!("the user {:?} is given twice", given.email)));
        }
        users.push(Arc::new(User { email: given.email, region: regions::region(&given.location)? }));
    }
    Ok(users)
}

fn default_client() -> ClientOptions {
    ClientOptions {
        client_id: DEFAULT_CLIENT_ID.to_owned(),
        client_secret: SecretOption::One(DEFAULT_CLIENT_SECRET.to_owned()),
        redirect_uris: DEFAULT_REDIRECT_URIS.map(str::to_owned).to_vec(),
        location: None,
    }
}

fn default_users() -> Vec<UserOptions> {
    DEFAULT_USERS
        .map(|(email, location)| UserOptions { email: email.to_owned(), location: location.to_owned() })
        .to_vec()
}
