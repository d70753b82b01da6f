//! A fake with one client of each kind, and the requests of the tests.

use grantkit::testing::{FakeZoho, Options, Request, Response};
use serde_json::{Value, json};

/// Registered in the US, with a secret for three data centres.
pub const WEB: &str = "1000.WEB";
/// The secrets of [`WEB`].
pub const SECRETS: [(&str, &str); 3] = [("us", "secret-us"), ("eu", "secret-eu"), ("in", "secret-in")];
/// A Self Client of the EU.
pub const SELF: &str = "1004.SELF";
/// Its secret.
pub const SELF_SECRET: &str = "secret-self";
pub const REDIRECT_URI: &str = "https://app.example/cb";
pub const SCOPE: &str = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";

pub const US: &str = "https://accounts.zoho.com";
pub const EU: &str = "https://accounts.zoho.eu";
pub const IN: &str = "https://accounts.zoho.in";

pub fn options(more: Value) -> Options {
    let mut options = json!({
        "seed": 7,
        "clients": [
            {
                "client_id": WEB,
                "client_secret": { "us": "secret-us", "eu": "secret-eu", "in": "secret-in" },
                "redirect_uris": [REDIRECT_URI, "https://app.example/cb?app=1"],
            },
            { "client_id": SELF, "client_secret": SELF_SECRET, "location": "eu" },
        ],
        "users": [
            { "email": "uma@example.com", "location": "us" },
            { "email": "eva@example.eu", "location": "eu" },
            { "email": "ira@example.in", "location": "in" },
            { "email": "joe@example.jp", "location": "jp" },
        ],
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(options).unwrap()
}

pub fn zoho() -> FakeZoho {
    FakeZoho::new(options(json!({}))).unwrap()
}

/// An authorization URL of [`WEB`], with these parameters changed, or omitted where empty.
pub fn authorization_url(changes: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", WEB),
        ("redirect_uri", REDIRECT_URI),
        ("scope", SCOPE),
        ("state", "s t&te"),
        ("access_type", "offline"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{US}/oauth/v2/auth?{query}")
}

/// A parameter of a callback URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// The code that consent gives, with these changes of the authorization request.
pub fn web_code(zoho: &mut FakeZoho, email: &str, changes: &[(&str, &str)]) -> String {
    parameter(&zoho.consent(&authorization_url(changes), Some(email), false).unwrap(), "code").unwrap()
}

pub fn token(zoho: &mut FakeZoho, accounts: &str, parameters: &[(&str, &str)]) -> Response {
    zoho.handle(&Request::post(&format!("{accounts}/oauth/v2/token"), parameters))
}

/// Exchanges a code of [`WEB`] with the secret of the data centre that receives the request.
pub fn exchange(zoho: &mut FakeZoho, accounts: &str, code: &str, changes: &[(&str, &str)]) -> Response {
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("client_id", WEB),
        ("client_secret", secret_at(accounts)),
        ("redirect_uri", REDIRECT_URI),
        ("code", code),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
    }
    parameters.retain(|(_, value)| !value.is_empty());
    token(zoho, accounts, &parameters)
}

pub fn refresh(zoho: &mut FakeZoho, accounts: &str, refresh_token: &str) -> Response {
    let secret = secret_at(accounts);
    let parameters = [
        ("grant_type", "refresh_token"),
        ("client_id", WEB),
        ("client_secret", secret),
        ("refresh_token", refresh_token),
    ];
    token(zoho, accounts, &parameters)
}

fn secret_at(accounts: &str) -> &'static str {
    let index = [US, EU, IN].iter().position(|origin| *origin == accounts);
    index.map_or("secret-us", |index| SECRETS[index].1)
}

/// Tokens of a user of the US, from the web flow.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

pub fn sign_in(zoho: &mut FakeZoho, changes: &[(&str, &str)]) -> Tokens {
    let code = web_code(zoho, "uma@example.com", changes);
    let body = json(&exchange(zoho, US, &code, &[]));
    Tokens { access: text(&body, "access_token"), refresh: text(&body, "refresh_token") }
}

pub fn json(response: &Response) -> Value {
    assert_eq!(response.find("content-type"), Some("application/json;charset=UTF-8"));
    serde_json::from_slice(&response.body).unwrap()
}

pub fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned()
}

/// Asserts the status and the whole body of a JSON response.
#[track_caller]
pub fn assert_response(response: &Response, status: u16, body: Value) {
    assert_eq!((response.status, json(response)), (status, body));
    assert_eq!(response.fault, None);
}

/// Whether the US API accepts an access token.
pub fn opens(zoho: &mut FakeZoho, access_token: &str) -> bool {
    let response = api(zoho, "https://www.zohoapis.com/crm/v8/org", access_token);
    if response.status != 200 {
        assert_response(&response, 401, invalid_token());
    }
    response.status == 200
}

pub fn api(zoho: &mut FakeZoho, url: &str, access_token: &str) -> Response {
    zoho.handle(&Request::get(url).header("Authorization", &format!("Zoho-oauthtoken {access_token}")))
}

pub fn crm_error(code: &str, message: &str) -> Value {
    json!({ "code": code, "details": {}, "message": message, "status": "error" })
}

pub fn invalid_token() -> Value {
    crm_error("INVALID_TOKEN", "invalid oauth token")
}

pub fn throttled() -> Value {
    json!({
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "error": "Access Denied",
        "status": "failure",
    })
}

/// Asserts Zoho's format: the number of the client, then two groups of 32 hexadecimal digits.
#[track_caller]
pub fn assert_token(token: &str, number: &str) {
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[0], number);
    for part in &parts[1..] {
        assert!(part.len() == 32 && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }
}
