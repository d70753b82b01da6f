//! Line 1 is the options of the fake as JSON, if there are any. Each line that begins with `> ` starts a request by its
//! method and its URL: headers follow until an empty line, and then the body. `{code}`, `{access}` and `{refresh}` stand
//! for what was issued last. The methods CODE, CONSENT, ADVANCE, FAIL and BIND call the fake itself.

use base64ct::{Base64, Encoding};
use serde_json::Value;

use super::{head, text};
use crate::testing::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, FakeZoho, Options, Request};
use crate::text::form::decode;

/// Few, since the fake keeps a log.
const MOST_CALLS: usize = 8;

/// A fake, and what it issued last.
struct Session {
    zoho: FakeZoho,
    /// Whether its client is the default one.
    is_default: bool,
    /// Whether a failure was asked for, which may spoil a body.
    fails: bool,
    code: String,
    access: String,
    refresh: String,
}

pub fn run(data: &[u8]) {
    let ([options], rest) = head(data);
    let rest = text(rest);
    let options = if options.is_empty() { Ok(Options::default()) } else { serde_json::from_str(&options) };
    let Ok(options) = options else { return };
    let is_default = options.clients.is_empty();
    let Ok(zoho) = FakeZoho::new(options) else { return };
    let [code, access, refresh] = [(); 3].map(|()| String::new());
    let mut session = Session { zoho, is_default, fails: false, code, access, refresh };
    for block in rest.split("> ").skip(1).take(MOST_CALLS) {
        let block = block.replace("{code}", &session.code).replace("{access}", &session.access);
        session.call(&block.replace("{refresh}", &session.refresh));
    }
}

impl Session {
    fn call(&mut self, block: &str) {
        let (line, rest) = block.split_once('\n').unwrap_or((block, ""));
        let mut words = line.splitn(3, ' ');
        let [method, url, other] = [(); 3].map(|()| words.next().unwrap_or_default());
        let given = Some(other).filter(|text| !text.is_empty());
        match method {
            "CODE" => {
                let code = self.zoho.self_client_code(DEFAULT_CLIENT_ID, url, given, None);
                self.code = code.unwrap_or_default();
            }
            "CONSENT" => {
                let Ok(callback) = self.zoho.consent(url, given, false) else { return };
                let query = callback.split_once('?').map_or("", |(_, query)| query);
                let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
                self.code = code.map(|(_, code)| code.into_owned()).unwrap_or_default();
            }
            "ADVANCE" => self.zoho.advance(url.parse().unwrap_or(60)),
            "FAIL" => self.fails |= self.zoho.fail(url, other, 1).is_ok(),
            "BIND" => drop(self.zoho.bind_origin(url, other)),
            _ => self.request(method, url, rest),
        }
    }

    fn request(&mut self, method: &str, url: &str, rest: &str) {
        let (headers, body) = rest.split_once("\n\n").unwrap_or((rest, ""));
        let headers = headers.lines().filter_map(|line| line.split_once(": "));
        let request = Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.strip_suffix('\n').unwrap_or(body).as_bytes().to_vec(),
        };
        let before = self.zoho.log().len();
        let response = self.zoho.handle(&request);
        assert_eq!(self.zoho.log().len(), before + 1);
        assert!(matches!(response.status, 0 | 200..=599), "{response:?}");
        let is_json = response.find("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        if !is_json {
            return;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&response.body) else {
            assert!(self.fails, "{response:?}");
            return;
        };
        let member = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !member("access_token").is_empty() {
            assert!(
                !self.is_default || is_authenticated(&request),
                "a token without the secret of the client"
            );
            self.access = member("access_token");
        }
        if !member("refresh_token").is_empty() {
            self.refresh = member("refresh_token");
        }
    }
}

/// Whether the request has the secret of the default client.
fn is_authenticated(request: &Request) -> bool {
    let basic = request.headers.iter().filter_map(|(_, value)| value.split_once(' '));
    let basic = basic.filter_map(|(_, value)| Base64::decode_vec(value.trim()).ok());
    let body = [request.body.clone(), request.url.clone().into_bytes()];
    let mut places = body.into_iter().chain(basic);
    places.any(|bytes| decode(&String::from_utf8_lossy(&bytes)).contains(DEFAULT_CLIENT_SECRET))
}
