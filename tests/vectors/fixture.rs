//! The clients of `clients.json`.

use std::sync::LazyLock;

use grantkit::oauth::region::PerRegion;
use grantkit::{
    AuthorizationServer, Client, ClientConfig, Error, Pending, Profile, Response, Secret, TokenRequest,
    TokenResponse, UnixTime, provider,
};
use serde_json::{Value, json};

use crate::row::{self, Row};

static FILE: LazyLock<Value> = LazyLock::new(|| row::read("clients.json"));

pub fn now() -> UnixTime {
    time(&FILE["now"])
}

fn time(value: &Value) -> UnixTime {
    UnixTime::from_seconds(value.as_i64().unwrap())
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

fn optional(value: &Value, name: &str) -> Option<String> {
    Some(text(value, name).to_owned()).filter(|text| !text.is_empty())
}

/// One text, or an object with one for each region.
fn per_region<T: for<'a> From<&'a str>>(value: &Value, name: &str) -> PerRegion<T> {
    let mut given = PerRegion::default();
    match value.get(name) {
        Some(Value::Object(members)) => {
            let values = members.iter().map(|(location, text)| (location.clone(), text.as_str().unwrap()));
            given.by_location = values.map(|(location, text)| (location, text.into())).collect();
        }
        Some(value) => given.default = Some(value.as_str().expect(name).into()),
        None => {}
    }
    given
}

/// A row, or the profile of that name. The names are the package's; the crate has functions.
fn profile(given: Option<&Value>) -> Profile {
    if let Some(row) = given.filter(|given| given.is_object()) {
        return provider::parse(&row.to_string()).unwrap();
    }
    match given.map(|name| name.as_str().expect("profile")) {
        None | Some("rfc") => Profile::default(),
        Some("rfc-raw-basic") => provider::rfc_raw_basic().unwrap(),
        Some("zoho") => provider::zoho().unwrap(),
        Some("github") => provider::github().unwrap(),
        Some("glewlwyd") => provider::glewlwyd().unwrap(),
        Some(other) => panic!("no profile {other}"),
    }
}

/// A configuration as the package takes it.
pub fn config(value: &Value) -> ClientConfig {
    let server = &value["server"];
    ClientConfig {
        server: AuthorizationServer {
            issuer: optional(server, "issuer"),
            authorization_endpoint: optional(server, "authorization_endpoint"),
            token_endpoint: optional(server, "token_endpoint"),
            revocation_endpoint: optional(server, "revocation_endpoint"),
            authorization_response_iss_parameter_supported: server["authorization_response_iss_parameter_supported"]
                == true,
            token_endpoint_auth_methods_supported: list(server, "token_endpoint_auth_methods_supported"),
            revocation_endpoint_auth_methods_supported: list(
                server,
                "revocation_endpoint_auth_methods_supported",
            ),
            code_challenge_methods_supported: list(server, "code_challenge_methods_supported"),
            response_types_supported: list(server, "response_types_supported"),
            require_pushed_authorization_requests: server["require_pushed_authorization_requests"] == true,
            require_signed_request_object: server["require_signed_request_object"] == true,
            profile: profile(server.get("profile")),
            location: optional(server, "location"),
            accounts_server: per_region(server, "accounts_server"),
            api_domain: per_region(server, "api_domain"),
        },
        client_id: text(value, "client_id").to_owned(),
        client_secret: per_region(value, "client_secret"),
        token_endpoint_auth_method: optional(value, "token_endpoint_auth_method"),
        redirect_uri: optional(value, "redirect_uri"),
    }
}

fn list(server: &Value, name: &str) -> Option<Vec<String>> {
    let names = server.get(name)?.as_array().expect(name);
    Some(names.iter().map(|name| name.as_str().expect("a name").to_owned()).collect())
}

/// Tokens as a store returns them: each member may be anything.
fn tokens(stored: &Value) -> TokenResponse {
    let body = json!({ "access_token": "to-be-replaced", "token_type": "Bearer" }).to_string();
    let response = Response { status: 200, retry_after: None, body: body.as_bytes() };
    let client = fixture("rfc").client();
    let mut tokens =
        TokenRequest::code(&client, "code", None).unwrap().parse(&client, &response, now()).unwrap();
    let member = |name| stored.get(name).map(|value| value.as_str().expect(name));
    tokens.access_token = member("access_token").unwrap_or_default().into();
    tokens.refresh_token = member("refresh_token").map(Secret::from);
    tokens.accounts_server = member("accounts_server").map(str::to_owned);
    tokens.api_domain = member("api_domain").map(str::to_owned);
    tokens.scope = member("scope").map(str::to_owned);
    tokens
}

impl Fixture {
    pub fn client(self) -> Client {
        Client::new(config(&self.0["config"])).unwrap()
    }

    /// The `Pending` of the authorization request, with the members that a row changes.
    pub fn pending(self, changed: Option<&Value>) -> Pending {
        let pending = &self.0["pending"];
        let member = |name| changed.and_then(|changed| changed.get(name)).unwrap_or(&pending[name]);
        let text = |name| member(name).as_str().unwrap();
        Pending {
            state: text("state").into(),
            code_verifier: text("code_verifier").into(),
            issuer: text("issuer").to_owned(),
            redirect_uri: text("redirect_uri").to_owned(),
            created_at: time(member("created_at")),
            expires_at: time(member("expires_at")),
            offline: *member("offline") == true,
            return_to: member("return_to").as_str().map(str::to_owned),
        }
    }

    pub fn callback(self) -> &'static str {
        text(self.0, "callback")
    }

    pub fn refresh_token(self) -> &'static str {
        text(&self.0["tokens"], "refresh_token")
    }

    /// What no error may show.
    pub fn secrets(self) -> Vec<&'static str> {
        let secrets = match &self.0["config"]["client_secret"] {
            Value::Object(by_location) => by_location.values().collect(),
            secret => vec![secret],
        };
        let verifier = text(&self.0["pending"], "code_verifier");
        let secrets = secrets.into_iter().filter_map(Value::as_str);
        secrets.chain([verifier, text(self.0, "code"), self.refresh_token()]).collect()
    }

    /// A refresh of the tokens of this client.
    pub fn refresh(self, client: &Client) -> TokenRequest {
        TokenRequest::refresh(client, &tokens(&self.0["tokens"]), None).unwrap()
    }

    /// The token request that a row is about.
    pub fn token_request(self, client: &Client, row: &Row<'static>) -> Result<TokenRequest, Error> {
        match row.text("exchange").expect("exchange") {
            "authorization_code" => {
                let callback = row.text("callback").unwrap_or(self.callback());
                TokenRequest::authorization_code(client, callback, &self.pending(None), now())
            }
            "code" => {
                let code = row.text("code").unwrap_or(text(self.0, "code"));
                TokenRequest::code(client, code, row.text("location"))
            }
            "refresh_token" => {
                let earlier = row.get("earlier").unwrap_or(&self.0["tokens"]);
                TokenRequest::refresh(client, &tokens(earlier), row.text("scope"))
            }
            other => panic!("no exchange {other}"),
        }
    }
}
