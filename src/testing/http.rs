//! HTTP requests and responses as values.

use std::fmt;

use serde_json::Value;

use crate::text::form;

/// A request to the fake.
#[derive(Clone, Default)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The absolute URL, at a real host of Zoho or at an origin that is bound to one.
    pub url: String,
    /// Names, in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty without one.
    pub body: Vec<u8>,
}

impl Request {
    /// A GET request.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self { method: "GET".to_owned(), url: url.to_owned(), ..Self::default() }
    }

    /// A POST request with a form (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn post(url: &str, parameters: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in parameters {
            form::append(&mut body, name, value);
        }
        Self { method: "POST".to_owned(), url: url.to_owned(), headers: Vec::new(), body: body.into_bytes() }
            .header("content-type", "application/x-www-form-urlencoded")
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Shows neither query, headers nor body: they carry secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Request").field("method", &self.method).field("url", &url).finish_non_exhaustive()
    }
}

/// A response, and what the transport does to it.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status; 0 for a host that does not exist.
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty without one.
    pub body: Vec<u8>,
    /// What the transport does to this response; `None` when it arrives unchanged.
    pub fault: Option<Fault>,
    /// The error for the log: `error`, `code`, the title of an error page, or the name of a failure.
    pub error: Option<String>,
}

/// What a transport does to a response. The server has done its work before, so a token may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before the first byte of the response.
    Reset,
    /// No byte of the response arrives, and the connection stays open.
    Slow,
    /// Status, headers and half of the body arrive, then nothing; the connection stays open.
    Stall,
    /// Status and headers arrive, then the body and spaces without end.
    Endless,
    /// The host does not exist.
    UnknownHost,
}

impl Fault {
    /// The name of the fault in `fail` and in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Slow => "slow",
            Self::Stall => "stall",
            Self::Endless => "endless",
            Self::UnknownHost => "unknown_host",
        }
    }
}

impl Response {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("cache-control".to_owned(), "no-store".to_owned()),
        ];
        Self { status, headers, body: body.into(), fault: None, error: None }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json;charset=UTF-8", body.to_string())
    }

    pub(super) fn html(status: u16, body: String) -> Self {
        Self::new(status, "text/html;charset=UTF-8", body)
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), fault: None, error: None }
    }

    pub(super) fn redirect(location: &str) -> Self {
        Self::empty(302).header("location", location)
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn logged_as(mut self, error: &str) -> Self {
        self.error = Some(error.to_owned());
        self
    }

    /// The value of a header, whose name may be in any case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Shows neither headers nor body: they carry secrets.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Response");
        shown.field("status", &self.status).field("error", &self.error).field("fault", &self.fault);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let request = Request::post(
            "https://accounts.zoho.com/oauth/v2/token?client_secret=s3cret",
            &[("code", "s3cret")],
        )
        .header("authorization", "Basic s3cret");
        let response =
            Response::json(200, &serde_json::json!({"access_token": "s3cret"})).header("location", "s3cret");
        assert_eq!(
            format!("{request:?} {response:?}"),
            "Request { method: \"POST\", url: \"https://accounts.zoho.com/oauth/v2/token\", .. } \
             Response { status: 200, error: None, fault: None, .. }"
        );
    }
}
