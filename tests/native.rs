//! `examples/native.rs` against the fake Zoho, over HTTP on loopback.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "a test that fails is to panic")]

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::thread;

use grantkit::oauth::region::PerRegion;
use grantkit::testing::{FakeZoho, Options, Request};
use grantkit::{AuthorizationServer, Client, ClientConfig, ErrorCode, Secret, TokenResponse, provider};
use serde_json::json;
use tiny_http::{Header, Response, Server};
use ureq::Agent;

#[allow(dead_code, reason = "the tests call what main calls")]
#[path = "../examples/native.rs"]
mod native;

const ACCOUNTS: &str = "https://accounts.zoho.eu";
const API: &str = "https://www.zohoapis.eu";
const CLIENT_ID: &str = "1000.NATIVE";
const CLIENT_SECRET: &str = "secret-of-native";

/// The fake, and the origins at which its hosts in the EU are served.
struct Served {
    zoho: Arc<Mutex<FakeZoho>>,
    accounts: String,
    api: String,
}

fn serve() -> Served {
    let client = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "location": "eu" });
    let options: Options = serde_json::from_value(json!({ "clients": [client] })).unwrap();
    let zoho = Arc::new(Mutex::new(FakeZoho::new(options).unwrap()));
    let [accounts, api] = [ACCOUNTS, API].map(|real| {
        let server = Server::http("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", server.server_addr());
        zoho.lock().unwrap().bind_origin(real, &origin).unwrap();
        let zoho = Arc::clone(&zoho);
        thread::spawn(move || server.incoming_requests().for_each(|request| respond(request, real, &zoho)));
        origin
    });
    Served { zoho, accounts, api }
}

fn respond(mut received: tiny_http::Request, real: &str, zoho: &Mutex<FakeZoho>) {
    let mut body = Vec::new();
    received.as_reader().read_to_end(&mut body).unwrap();
    let headers =
        received.headers().iter().map(|header| (header.field.to_string(), header.value.to_string()));
    let request = Request {
        method: received.method().to_string(),
        url: format!("{real}{}", received.url()),
        headers: headers.collect(),
        body,
    };
    let made = zoho.lock().unwrap().handle(&request);
    let mut response = Response::from_data(made.body).with_status_code(made.status);
    for (name, value) in made.headers {
        response.add_header(Header::from_bytes(name, value).unwrap());
    }
    received.respond(response).unwrap();
}

impl Served {
    fn client(&self) -> Client {
        let in_eu =
            |origin: &String| PerRegion { default: None, by_location: vec![("eu".into(), origin.clone())] };
        Client::new(ClientConfig {
            server: AuthorizationServer {
                profile: provider::zoho().unwrap(),
                location: Some("eu".into()),
                accounts_server: in_eu(&self.accounts),
                api_domain: in_eu(&self.api),
                ..AuthorizationServer::default()
            },
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            ..ClientConfig::default()
        })
        .unwrap()
    }

    fn exchange(&self, code: &str) -> Result<TokenResponse, Box<dyn Error>> {
        native::exchange(&agent(), &self.client(), code)
    }

    fn companies(&self, tokens: &TokenResponse) -> Result<Vec<String>, Box<dyn Error>> {
        native::companies(&agent(), &self.client(), tokens)
    }

    fn code(&self) -> String {
        let scope = "ZohoCRM.modules.leads.READ";
        self.zoho.lock().unwrap().self_client_code(CLIENT_ID, scope, None, None).unwrap()
    }

    /// The path, the grant type and the status of each request.
    fn log(&self) -> Vec<(String, Option<String>, u16)> {
        let zoho = self.zoho.lock().unwrap();
        let entries = zoho.log().iter();
        entries.map(|entry| (entry.path.clone(), entry.grant_type.clone(), entry.status)).collect()
    }
}

/// The agent of the example. A proxy of the environment does not lead to this loopback.
fn agent() -> Agent {
    Agent::from(native::agent_config().proxy(None).build())
}

fn oauth<'a>(error: &'a (dyn Error + 'static)) -> &'a grantkit::Error {
    error.downcast_ref().unwrap()
}

#[test]
fn a_code_becomes_tokens_that_are_refreshed_and_used() {
    let served = serve();
    let tokens = served.exchange(&served.code()).unwrap();
    assert_eq!(tokens.accounts_server.as_deref(), Some(served.accounts.as_str()));
    assert_eq!(tokens.api_domain.as_deref(), Some(served.api.as_str()));
    assert_eq!(served.companies(&tokens).unwrap(), ["Juniper Health", "Kestrel Travel", "Kestrel Travel"]);
    let token = "/oauth/v2/token".to_owned();
    assert_eq!(
        served.log(),
        [
            (token.clone(), Some("authorization_code".to_owned()), 200),
            (token, Some("refresh_token".to_owned()), 200),
            ("/crm/v8/Leads".to_owned(), None, 200),
        ]
    );
}

#[test]
fn a_rejected_code_is_an_error_with_its_code_and_without_the_secret() {
    let served = serve();
    let error = served.exchange("1000.spent").unwrap_err();
    assert_eq!((oauth(&*error).code, oauth(&*error).status), (ErrorCode::CodeRejected, Some(200)));
    assert!(!format!("{error} {error:?}").contains(CLIENT_SECRET));
}

#[test]
fn a_revoked_grant_needs_a_new_authorization() {
    let served = serve();
    let tokens = served.exchange(&served.code()).unwrap();
    served.zoho.lock().unwrap().revoke_all();
    let error = served.companies(&tokens).unwrap_err();
    assert_eq!(oauth(&*error).code, ErrorCode::ReauthorizationRequired);
    let refresh_token = tokens.refresh_token.as_ref().map_or("", Secret::expose);
    assert!(!refresh_token.is_empty() && !format!("{error} {error:?}").contains(refresh_token));
}

#[test]
fn a_redirect_is_not_followed() {
    let served = serve();
    served.zoho.lock().unwrap().fail("token", "redirect", 1).unwrap();
    let error = served.exchange(&served.code()).unwrap_err();
    assert_eq!(oauth(&*error).code, ErrorCode::UnexpectedResponse);
    assert_eq!(served.log().len(), 1);
}
