//! OAuth 2.0 client core.
//!
//! Everything here is a value or a function of its arguments: time is a value, randomness is bytes, a request and a
//! response are values. A host (the npm package `grantkit`, or a native program) sends requests and keeps tokens.
//!
//! - [`oauth`]: authorization request and response, token request and response, revocation, calls of an API
//! - [`flow`]: one exchange, one refresh and one revocation, as machines that ask their host for one effect at a time
//! - [`manager`]: when to refresh a stored grant, and what to make of failures
//! - [`provider`]: where providers depart from the RFCs, as rows of data
//! - `testing`, with the feature of that name: a fake Zoho, and a simulator of many processes with one grant
//!
//! A [`Client`] is a checked configuration. It builds requests, and each request parses its response:
//!
//! ```
//! # #[cfg(feature = "providers")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use grantkit::{AuthorizationServer, Client, ClientConfig, Response, TokenRequest, UnixTime, provider};
//! use std::time::Duration;
//!
//! let client = Client::new(ClientConfig {
//!     server: AuthorizationServer {
//!         profile: provider::zoho()?,
//!         location: Some("eu".into()),
//!         ..AuthorizationServer::default()
//!     },
//!     client_id: "1000.A".into(),
//!     client_secret: "secret".into(),
//!     ..ClientConfig::default()
//! })?;
//!
//! // The code of a Self Client. The host sends the request with any HTTP client ...
//! let request = TokenRequest::code(&client, "1000.code", None)?;
//! assert_eq!(request.http().url, "https://accounts.zoho.eu/oauth/v2/token");
//!
//! // ... and passes on the response, with the time at which the request was sent.
//! let body = br#"{ "access_token": "1000.a", "refresh_token": "1000.r", "expires_in": 3600 }"#;
//! let response = Response { status: 200, retry_after: None, body };
//! let now = UnixTime::from_seconds(1_800_000_000);
//! let tokens = request.parse(&client, &response, now)?;
//! assert_eq!(tokens.expires_at, Some(now + Duration::from_secs(3600)));
//! assert_eq!(tokens.api_domain.as_deref(), Some("https://www.zohoapis.eu"));
//!
//! // From then on the refresh token brings access tokens.
//! let refresh = TokenRequest::refresh(&client, &tokens, None)?;
//! assert_eq!(refresh.http().url, request.http().url);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "providers"))]
//! # fn main() {}
//! ```
//!
//! `examples/native.rs` does this with an HTTP client. A [`Secret`] does not show itself in `Debug`; an [`Error`] has a
//! typed [`ErrorCode`] and a message that names the next step.

#[cfg(target_arch = "wasm32")]
mod bindings;
pub mod flow;
pub mod manager;
pub mod oauth;
pub mod provider;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
#[cfg(target_arch = "wasm32")]
mod transport;

pub use oauth::authorization_request::{AuthorizationRequest, Options, Pending};
pub use oauth::authorization_response::AuthorizationResponse;
pub use oauth::client::{Client, ClientConfig};
pub use oauth::error::{Error, ErrorCode};
pub use oauth::grant_type::GrantType;
pub use oauth::http::{Request, Response};
pub use oauth::metadata::AuthorizationServer;
pub use oauth::profile::Profile;
pub use oauth::region::PerRegion;
pub use oauth::resource::ResourceRequest;
pub use oauth::revocation::{RevocationOutcome, RevocationRequest, TokenType};
pub use oauth::token_request::TokenRequest;
pub use oauth::tokens::TokenResponse;
pub use text::secret::Secret;
pub use text::time::UnixTime;
