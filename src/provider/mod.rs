//! Providers as data: a provider is a row, a JSON file that [`parse`] turns into a
//! [`Profile`](crate::oauth::profile::Profile).

mod row;
#[cfg(feature = "providers")]
mod rows;

pub use row::{InvalidRow, parse};
#[cfg(feature = "providers")]
pub use rows::{github, glewlwyd, rfc_raw_basic, zoho};
