//! OAuth 2.0 client core.
//!
//! Everything here is a pure function of its arguments: time is a number, randomness is bytes, a request and an answer
//! are values. A host (the npm package `grantkit`, or a native program) sends what it is told to send.
//!
//! - [`protocol`]: authorization request, callback, grants, token answers, revocation
//! - [`manager`]: when to refresh, and one refresh from load to save
//! - [`provider`]: how servers depart from the RFCs, as rows of a table

#[cfg(target_arch = "wasm32")]
mod bindings;
pub mod manager;
pub mod protocol;
pub mod provider;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(target_arch = "wasm32")]
mod transport;
