//! The options of the fake: registered clients and users, and their defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::misuse::Misuse;
use super::regions;
use crate::oauth::profile::Region;

/// The client identifier of the default client, which has the same secret at every data centre.
pub const DEFAULT_CLIENT_ID: &str = "1000.GRANTKITFAKECLIENT0000000000001";
/// The secret of the default client.
pub const DEFAULT_CLIENT_SECRET: &str = "fake0secret0of0the0default0client";
/// The redirect URIs of the default client.
pub const DEFAULT_REDIRECT_URIS: [&str; 4] = [
    "https://app.example/callback",
    "http://127.0.0.1:8787/callback",
    "http://localhost:8787/callback",
    "http://localhost:3000/callback",
];
/// The default users, by email address and data centre.
pub const DEFAULT_USERS: [(&str, &str); 3] =
    [("ada@example.com", "us"), ("emil@example.eu", "eu"), ("indira@example.in", "in")];
/// The default start of the clock in Unix seconds: 2026-01-05T09:00:00Z.
pub const DEFAULT_NOW: u64 = 1_767_603_600;

/// The options of a fake. An absent member has its default; an unknown member is an error.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The registered clients; if empty, the default client.
    pub clients: Vec<ClientOptions>,
    /// The users; if empty, the default users.
    pub users: Vec<UserOptions>,
    /// The seed of codes, tokens and records.
    pub seed: u64,
    /// The start of the clock in Unix seconds; [`DEFAULT_NOW`] if absent.
    pub now: Option<u64>,
    /// How the callback departs from the common form.
    pub callback: CallbackVariant,
}

/// A registered client. With redirect URIs it is registered at every data centre for which it has a secret; without, it
/// is a Self Client, which is registered only at its own data centre.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientOptions {
    /// The client identifier, such as `1000.ABC`.
    pub client_id: String,
    /// One secret for all data centres, or one for each.
    pub client_secret: SecretOption,
    /// The redirect URIs, which are compared exactly.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The data centre where the client is registered; `us` if absent.
    #[serde(default)]
    pub location: Option<String>,
}

/// The secret of a client. Zoho issues one for each data centre unless "same credentials for all data centers" is
/// checked.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum SecretOption {
    /// The same secret at every data centre.
    One(String),
    /// A secret for each `location`. Elsewhere the client is not registered.
    PerRegion(BTreeMap<String, String>),
}

/// A user, whose account is at one data centre.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserOptions {
    /// The email address, which identifies the user.
    pub email: String,
    /// The data centre of the account.
    pub location: String,
}

/// How a callback departs from the common form, which has `state`, `code`, `location` and a percent-encoded
/// `accounts-server`. All of these were observed.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackVariant {
    /// Whether `accounts-server` is not percent-encoded.
    pub plain: bool,
    /// Whether an `&` follows the last parameter.
    pub trailing_ampersand: bool,
    /// Whether `location` is omitted.
    pub no_location: bool,
    /// Whether `accounts-server` is omitted.
    pub no_accounts_server: bool,
}

#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) redirect_uris: Vec<String>,
    pub(super) home: &'static Region,
    secret: SecretOption,
}

impl Client {
    /// The secret at a data centre; `None` where the client is not registered.
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
            return Err(Misuse::new(format!(
                "the client {:?} is a duplicate: list each client once",
                given.client_id
            )));
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
            return Err(Misuse::new(format!(
                "the user {:?} is a duplicate: list each user once",
                given.email
            )));
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
