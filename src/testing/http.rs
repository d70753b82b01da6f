//! A request and an answer as values.

use std::fmt;

use serde_json::Value;

use crate::text::form;

/// A request as it arrives.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Absolute, at a real Zoho host or at an origin that was bound to one.
    pub url: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self { method: "GET".to_owned(), url: url.to_owned(), ..Self::default() }
    }

    /// A POST of a urlencoded form.
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

/// An answer, and what the transport is to do with it.
#[derive(Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
    /// Set where this answer does not arrive as it is.
    pub fault: Option<Fault>,
    /// The word for the log: `error`, `code`, or the title of an error page.
    pub error: Option<String>,
}

/// What a transport does to an answer. The server has done its work by then, so a token may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before the answer's first byte.
    Reset,
    /// No byte of the answer ever arrives, and the connection stays open.
    Slow,
    /// Status, headers and half of the body arrive, then nothing; the connection stays open.
    Stall,
    /// Status and headers arrive, then the body and spaces without end.
    Endless,
    /// There is no such host.
    UnknownHost,
}

impl Fault {
    /// As `fail` and the log call it.
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

    pub(super) fn filed_as(mut self, error: &str) -> Self {
        self.error = Some(error.to_owned());
        self
    }

    /// The value of a header.
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
        let answer =
            Response::json(200, &serde_json::json!({"access_token": "s3cret"})).header("location", "s3cret");
        assert_eq!(
            format!("{request:?} {answer:?}"),
            "Request { method: \"POST\", url: \"https://accounts.zoho.com/oauth/v2/token\", .. } \
             Response { status: 200, error: None, fault: None, .. }"
        );
    }
}
