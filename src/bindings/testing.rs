//! The fake Zoho for JavaScript, which only the testing module exports.

use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::*;

use crate::testing::{FakeZoho, LogEntry, Misuse, Options, Request};

/// A fake Zoho with its state. See [`FakeZoho`].
#[wasm_bindgen]
pub struct Fake(FakeZoho);

#[derive(Serialize)]
struct Response<'a> {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes<'a>,
    fault: Option<&'static str>,
    logged: Option<&'a LogEntry>,
}

/// Bytes that become a `Uint8Array`.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[wasm_bindgen]
impl Fake {
    /// A new fake, with [`Options`] as JSON.
    ///
    /// # Errors
    /// Options that cannot be parsed, an unknown data centre, or a duplicate client or user.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<Self, JsError> {
        let options: Options = serde_json::from_str(options).map_err(|error| {
            JsError::new(&format!("the options of the fake cannot be read, since {error}: correct them"))
        })?;
        Ok(Self(FakeZoho::new(options)?))
    }

    /// Responds to a request, whose headers are pairs. Returns status, headers, body, fault and the entry of the log.
    ///
    /// # Errors
    /// Headers that are not pairs of strings.
    pub fn handle(
        &mut self,
        method: String,
        url: String,
        headers: JsValue,
        body: Vec<u8>,
    ) -> Result<JsValue, JsError> {
        let headers = serde_wasm_bindgen::from_value(headers)?;
        let response = self.0.handle(&Request { method, url, headers, body });
        let output = Response {
            status: response.status,
            headers: response.headers,
            body: Bytes(&response.body),
            fault: response.fault.map(crate::testing::Fault::name),
            logged: self.0.log().last(),
        };
        Ok(serde_wasm_bindgen::to_value(&output)?)
    }

    /// See [`FakeZoho::self_client_code`].
    ///
    /// # Errors
    /// As [`FakeZoho::self_client_code`].
    pub fn self_client_code(
        &mut self,
        client_id: &str,
        scope: &str,
        location: Option<String>,
        seconds: Option<u32>,
    ) -> Result<String, Misuse> {
        self.0.self_client_code(client_id, scope, location.as_deref(), seconds.map(u64::from))
    }

    /// See [`FakeZoho::consent`].
    ///
    /// # Errors
    /// As [`FakeZoho::consent`].
    pub fn consent(&mut self, url: &str, email: Option<String>, deny: bool) -> Result<String, Misuse> {
        self.0.consent(url, email.as_deref(), deny)
    }

    /// See [`FakeZoho::advance`].
    pub fn advance(&mut self, seconds: u32) {
        self.0.advance(seconds.into());
    }

    /// See [`FakeZoho::revoke_all`].
    pub fn revoke_all(&mut self) {
        self.0.revoke_all();
    }

    /// See [`FakeZoho::fail`].
    ///
    /// # Errors
    /// An unknown endpoint or failure.
    pub fn fail(&mut self, endpoint: &str, how: &str, times: u32) -> Result<(), Misuse> {
        self.0.fail(endpoint, how, times)
    }

    /// See [`FakeZoho::bind_origin`].
    ///
    /// # Errors
    /// An unknown real origin.
    pub fn bind_origin(&mut self, real: &str, public: &str) -> Result<(), Misuse> {
        self.0.bind_origin(real, public)
    }

    /// See [`FakeZoho::unbind_origins`].
    pub fn unbind_origins(&mut self) {
        self.0.unbind_origins();
    }
}

impl From<Misuse> for JsValue {
    fn from(misuse: Misuse) -> Self {
        JsError::from(misuse).into()
    }
}
