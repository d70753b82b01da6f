//! OAuth 2.0 client core.
//!
//! Everything here is a pure function of its arguments: time is a number, randomness is bytes, a request and an answer
//! are values. A host (the npm package `grantkit`, or a native program) sends what it is told to send.
//!
//! - [`oauth`]: authorization request, callback, grants, token answers, revocation
//! - [`flow`]: one refresh, from load to save
//! - [`manager`]: when to refresh
//! - [`provider`]: how servers depart from the RFCs, as rows of a table
//! - `testing`, with the feature of that name: a fake Zoho, and a simulator of many processes with one grant
//!
//! A configuration is checked and packed once; a [`Client`](oauth::client::Client) reads it without copying. Each
//! verb makes a request of it, and what the answer is to be judged by:
//!
//! ```
//! use grantkit::oauth::client::{self, Client, ClientConfig};
//! use grantkit::oauth::http::Answer;
//! use grantkit::oauth::metadata::AuthorizationServer;
//! use grantkit::oauth::{token_request, token_response};
//!
//! # fn main() -> Result<(), grantkit::oauth::error::Error> {
//! let packed = client::pack(&ClientConfig {
//!     server: AuthorizationServer {
//!         profile: Some("zoho"),
//!         location: Some("eu"),
//!         ..AuthorizationServer::default()
//!     },
//!     client_id: "1000.A",
//!     client_secret: vec![("", "secret".into())],
//!     ..ClientConfig::default()
//! })?;
//! let client = Client::unpack(packed.expose())?;
//!
//! // The code of a Self Client. The host sends the request by whatever it has ...
//! let exchange = token_request::code(&client, "1000.code", None)?;
//! let (request, expectation) = exchange.parts();
//! assert_eq!(request.url, "https://accounts.zoho.eu/oauth/v2/token");
//!
//! // ... and hands the answer to the judge, with the time.
//! let body = br#"{ "access_token": "1000.a", "refresh_token": "1000.r", "expires_in": 3600 }"#;
//! let answer = Answer { status: 200, retry_after: None, body };
//! let tokens = token_response::judge(&client, &expectation, answer, 1_800_000_000)?;
//! assert_eq!(tokens.expires_at, Some(1_800_003_600));
//! assert_eq!(tokens.api_domain.as_deref(), Some("https://www.zohoapis.eu"));
//!
//! // From then on the refresh token is what counts.
//! let refresh = token_request::refresh(&client, &tokens.earlier(), None)?;
//! assert_eq!(refresh.parts().0.url, request.url);
//! # Ok(())
//! # }
//! ```
//!
//! `examples/native.rs` does this with an HTTP client. Secrets have types of their own
//! ([`Secret`](text::secret::Secret)), which `Debug` does not show; errors name the next step
//! ([`Error`](oauth::error::Error)).

#[cfg(target_arch = "wasm32")]
mod bindings;
pub mod flow;
pub mod manager;
pub mod oauth;
pub mod provider;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
#[cfg(target_arch = "wasm32")]
mod transport;
