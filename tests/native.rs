//! `examples/native.rs` against the fake Zoho, over HTTP on loopback.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "a test that fails is to panic")]

use std::sync::{Arc, Mutex};
use std::thread;

use grantkit::oauth::error::Code;
use grantkit::oauth::metadata::AuthorizationServer;
use grantkit::testing::{FakeZoho, Options, Request};
use serde_json::json;
use tiny_http::{Header, Response, Server};
use ureq::Agent;

#[allow(dead_code, reason = "main is for people")]
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
        thread::spawn(move || server.incoming_requests().for_each(|request| answer(request, real, &zoho)));
        origin
    });
    Served { zoho, accounts, api }
}

fn answer(mut asked: tiny_http::Request, real: &str, zoho: &Mutex<FakeZoho>) {
    let mut body = Vec::new();
    asked.as_reader().read_to_end(&mut body).unwrap();
    let headers = asked.headers().iter().map(|header| (header.field.to_string(), header.value.to_string()));
    let request = Request {
        method: asked.method().to_string(),
        url: format!("{real}{}", asked.url()),
        headers: headers.collect(),
        body,
    };
    let given = zoho.lock().unwrap().handle(&request);
    let mut response = Response::from_data(given.body).with_status_code(given.status);
    for (name, value) in given.headers {
        response.add_header(Header::from_bytes(name, value).unwrap());
    }
    asked.respond(response).unwrap();
}

impl Served {
    fn companies(&self, code: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let server = AuthorizationServer {
            profile: Some("zoho"),
            location: Some("eu"),
            accounts_server: vec![("eu", &self.accounts)],
            api_domain: vec![("eu", &self.api)],
            ..AuthorizationServer::default()
        };
        // Whatever proxy the environment names, it does not lead to this loopback.
        let agent = Agent::from(native::settings().proxy(None).build());
        native::companies(&agent, server, CLIENT_ID, CLIENT_SECRET, code)
    }

    fn code(&self) -> String {
        let scope = "ZohoCRM.modules.leads.READ";
        self.zoho.lock().unwrap().self_client_code(CLIENT_ID, scope, None, None).unwrap()
    }

    /// Paths, and what they were answered.
    fn log(&self) -> Vec<(String, Option<String>, u16)> {
        let zoho = self.zoho.lock().unwrap();
        let told =
            zoho.log().iter().map(|entry| (entry.path.clone(), entry.grant_type.clone(), entry.status));
        told.collect()
    }
}

#[test]
fn a_code_becomes_tokens_that_are_refreshed_and_used() {
    let served = serve();
    let companies = served.companies(&served.code()).unwrap();
    assert_eq!(companies, ["Juniper Health", "Kestrel Travel", "Kestrel Travel"]);
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
fn a_refusal_is_an_error_with_its_code_and_without_the_secret() {
    let served = serve();
    let error = served.companies("1000.spent").unwrap_err();
    let refused = error.downcast_ref::<grantkit::oauth::error::Error>().unwrap();
    assert_eq!((refused.code, refused.status), (Code::CodeRejected, Some(200)));
    assert!(!format!("{error} {error:?}").contains(CLIENT_SECRET));
}

#[test]
fn a_redirect_is_not_followed() {
    let served = serve();
    served.zoho.lock().unwrap().fail("token", "redirect", 1).unwrap();
    let error = served.companies(&served.code()).unwrap_err();
    let refused = error.downcast_ref::<grantkit::oauth::error::Error>().unwrap();
    assert_eq!(refused.code, Code::UnexpectedResponse);
    assert_eq!(served.log().len(), 1);
}
