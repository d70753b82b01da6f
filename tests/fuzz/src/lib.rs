//! Fuzz targets: one for each parser that reads text from outside.
//!
//! The sources of the core are modules of this crate, so that the targets reach what the core does not export, and
//! coverage of all of it guides the fuzzer.

// The shared files of `tests/properties` use the core by its name.
extern crate self as grantkit;

#[allow(dead_code, missing_docs)]
mod bindings;
#[allow(dead_code, reason = "the properties use the rest")]
#[path = "../../properties/clients.rs"]
mod clients;
#[allow(dead_code, reason = "a target uses a part of the core")]
#[path = "../../../src/flow/mod.rs"]
pub mod flow;
#[path = "../../properties/invariants.rs"]
mod invariants;
#[allow(dead_code)]
#[path = "../../../src/manager/mod.rs"]
pub mod manager;
#[allow(dead_code)]
#[path = "../../../src/oauth/mod.rs"]
pub mod oauth;
#[allow(dead_code)]
#[path = "../../../src/provider/mod.rs"]
pub mod provider;
mod targets;
#[allow(dead_code)]
#[path = "../../../src/testing/mod.rs"]
pub mod testing;
#[allow(dead_code)]
#[path = "../../../src/text/mod.rs"]
mod text;

pub use oauth::authorization_request::{AuthorizationRequest, Options, Pending};
pub use oauth::authorization_response::AuthorizationResponse;
pub use oauth::client::{Client, ClientConfig};
pub use oauth::error::{Error, ErrorCode};
pub use oauth::grant_type::GrantType;
pub use oauth::http::{Request, Response};
pub use oauth::metadata::AuthorizationServer;
pub use oauth::profile::Profile;
pub use oauth::resource::ResourceRequest;
pub use oauth::revocation::{RevocationOutcome, RevocationRequest, TokenType};
pub use oauth::token_request::TokenRequest;
pub use oauth::tokens::TokenResponse;
pub use text::secret::Secret;
pub use text::time::UnixTime;

pub use targets::{PLANTED, TARGETS, Target};
