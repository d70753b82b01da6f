//! The fake Zoho: an authorization server and a small CRM as a pure state machine.
//!
//! It serves the accounts and API hosts of every data centre, and issues, limits and rejects codes and tokens as Zoho
//! does. It does no I/O: [`FakeZoho::handle`] turns a request into a response, [`FakeZoho::advance`] moves the clock,
//! and a seed determines all randomness, so that a run can be repeated.
//!
//! ```
//! use grantkit::testing::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, FakeZoho, Options, Request};
//! # fn main() -> Result<(), grantkit::testing::Misuse> {
//! let mut zoho = FakeZoho::new(Options::default())?;
//! let code = zoho.self_client_code(DEFAULT_CLIENT_ID, "ZohoCRM.modules.ALL", Some("eu"), None)?;
//! let response = zoho.handle(&Request::post(
//!     "https://accounts.zoho.eu/oauth/v2/token",
//!     &[
//!         ("grant_type", "authorization_code"),
//!         ("client_id", DEFAULT_CLIENT_ID),
//!         ("client_secret", DEFAULT_CLIENT_SECRET),
//!         ("code", &code),
//!     ],
//! ));
//! assert_eq!(response.status, 200);
//! # Ok(())
//! # }
//! ```

mod authorization_request;
mod authorize;
mod call;
mod changes;
mod console;
mod countries;
mod crm;
mod date;
mod failure;
mod http;
mod issued;
mod limits;
mod list;
mod misuse;
mod multipart;
mod options;
mod origins;
mod page;
mod random;
mod records;
mod regions;
mod revoke;
mod scope;
mod server;
#[cfg(not(target_arch = "wasm32"))]
pub mod simulator;
mod token;
mod write;

pub use failure::ways;
pub use http::{Fault, Request, Response};
pub use misuse::Misuse;
pub use options::{
    CallbackVariant, ClientOptions, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_NOW,
    DEFAULT_REDIRECT_URIS, DEFAULT_USERS, Options, SecretOption, UserOptions,
};
pub use server::{FakeZoho, LogEntry};
