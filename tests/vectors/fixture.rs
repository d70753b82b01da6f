//! The clients of `clients.json`.

use std::sync::LazyLock;

use grantkit::oauth::authorization_request::Pending;
use grantkit::oauth::client::{self, Client, ClientConfig};
use grantkit::oauth::error::Error;
use grantkit::oauth::metadata::AuthorizationServer;
use grantkit::oauth::token_request::{self, Earlier, Exchange};
use grantkit::text::secret::Secret;
use serde_json::Value;

use crate::row::{self, Row};

static FILE: LazyLock<Value> = LazyLock::new(|| row::read("clients.json"));

pub fn now() -> i64 {
    FILE["now"].as_i64().unwrap()
}

/// One of the clients.
#[derive(Clone, Copy)]
pub struct Fixture(&'static Value);

pub fn fixture(name: &str) -> Fixture {
    Fixture(FILE["clients"].get(name).unwrap_or_else(|| panic!("no client {name}")))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).map(|value| value.as_str().expect(name)).unwrap_or_default()
}

fn optional<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    Some(text(value, name)).filter(|text| !text.is_empty())
}

/// One text, or one for each data centre.
fn per_location<'a>(value: &'a Value, name: &str) -> Vec<(&'a str, &'a str)> {
    match value.get(name) {
        Some(Value::String(text)) => vec![("", text)],
        Some(Value::Object(members)) => {
            members.iter().map(|(location, text)| (location.as_str(), text.as_str().unwrap())).collect()
        }
        _ => Vec::new(),
    }
}

/// A configuration as the package takes it.
pub fn config(value: &Value) -> ClientConfig<'_> {
    let server = &value["server"];
    ClientConfig {
        server: AuthorizationServer {
            issuer: optional(server, "issuer"),
            authorization_endpoint: optional(server, "authorization_endpoint"),
            token_endpoint: optional(server, "token_endpoint"),
            revocation_endpoint: optional(server, "revocation_endpoint"),
            authorization_response_iss_parameter_supported: server["authorization_response_iss_parameter_supported"]
                == true,
            profile: optional(server, "profile"),
            location: optional(server, "location"),
            accounts_server: per_location(server, "accounts_server"),
            api_domain: per_location(server, "api_domain"),
        },
        client_id: text(value, "client_id"),
        client_secret: per_location(value, "client_secret")
            .into_iter()
            .map(|(location, secret)| (location, secret.into()))
            .collect(),
        token_endpoint_auth_method: optional(value, "token_endpoint_auth_method"),
        redirect_uri: optional(value, "redirect_uri"),
    }
}

impl Fixture {
    pub fn packed(self) -> Secret {
        client::pack(&config(&self.0["config"])).unwrap()
    }

    /// What was kept of the attempt, with the members that a row changes.
    pub fn pending(self, changed: Option<&'static Value>) -> Pending<'static> {
        let kept = &self.0["pending"];
        let member = |name| changed.and_then(|changed| changed.get(name)).unwrap_or(&kept[name]);
        Pending {
            state: member("state").as_str().unwrap().into(),
            code_verifier: member("code_verifier").as_str().unwrap().into(),
            issuer: member("issuer").as_str().unwrap(),
            redirect_uri: member("redirect_uri").as_str().unwrap(),
            created_at: member("created_at").as_i64().unwrap(),
            expires_at: member("expires_at").as_i64().unwrap(),
            offline: *member("offline") == true,
            return_to: member("return_to").as_str(),
        }
    }

    pub fn callback(self) -> &'static str {
        text(self.0, "callback")
    }

    pub fn tokens(self) -> &'static Value {
        &self.0["tokens"]
    }

    /// What no error may show.
    pub fn secrets(self) -> Vec<&'static str> {
        let secrets = per_location(&self.0["config"], "client_secret").into_iter().map(|(_, secret)| secret);
        let verifier = text(&self.0["pending"], "code_verifier");
        let refresh_token = text(self.tokens(), "refresh_token");
        secrets.chain([verifier, text(self.0, "code"), refresh_token]).collect()
    }

    /// The request that a row is about.
    pub fn exchange(self, client: &Client<'_>, row: &Row<'static>) -> Result<Exchange, Error> {
        match row.text("exchange").expect("exchange") {
            "authorization_code" => {
                let callback = row.text("callback").unwrap_or(self.callback());
                token_request::authorization_code(client, callback, &self.pending(None), now())
            }
            "code" => {
                let code = row.text("code").unwrap_or(text(self.0, "code"));
                token_request::code(client, code, row.text("location"))
            }
            "refresh_token" => {
                let earlier = row.get("earlier").unwrap_or(self.tokens());
                let earlier = Earlier {
                    refresh_token: text(earlier, "refresh_token").into(),
                    accounts_server: text(earlier, "accounts_server"),
                    api_domain: text(earlier, "api_domain"),
                    scope: text(earlier, "scope"),
                };
                token_request::refresh(client, &earlier, row.text("scope"))
            }
            other => panic!("no exchange {other}"),
        }
    }
}
