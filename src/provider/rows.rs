//! The rows of the crate, from the files in `rows/`.

use super::row::{InvalidRow, parse};
use crate::oauth::profile::Profile;

/// The profile of Zoho, with its data centres as regions.
///
/// # Errors
/// An invalid file of the row, which the tests exclude.
pub fn zoho() -> Result<Profile, InvalidRow> {
    parse(include_str!("rows/zoho.json"))
}

/// The profile of GitHub.
///
/// # Errors
/// An invalid file of the row, which the tests exclude.
pub fn github() -> Result<Profile, InvalidRow> {
    parse(include_str!("rows/github.json"))
}

/// The profile of servers that do not decode HTTP Basic credentials, such as those with node-oauth or oxide-auth.
///
/// # Errors
/// An invalid file of the row, which the tests exclude.
pub fn rfc_raw_basic() -> Result<Profile, InvalidRow> {
    parse(include_str!("rows/rfc-raw-basic.json"))
}

/// The profile of Glewlwyd.
///
/// # Errors
/// An invalid file of the row, which the tests exclude.
pub fn glewlwyd() -> Result<Profile, InvalidRow> {
    parse(include_str!("rows/glewlwyd.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_valid() {
        let zoho = zoho().unwrap();
        assert_eq!((zoho.id.as_str(), zoho.regions.len()), ("zoho", 10));
        let hosts = |location| zoho.region(location).map(|region| region.accounts_server.as_str());
        assert_eq!(hosts("ca"), Some("https://accounts.zohocloud.ca"));
        assert_eq!(hosts("xx"), None);
        assert_eq!(zoho.budget.map(|budget| budget.requests), Some(10));
        assert_eq!((github().unwrap().id.as_str(), github().unwrap().revocation.len()), ("github", 0));
        let raw = rfc_raw_basic().unwrap();
        assert_eq!(raw.basic_encoding, crate::oauth::profile::BasicEncoding::Raw);
        assert!(glewlwyd().unwrap().empty_400_is_invalid_grant);
        let rfc = parse(include_str!("rows/rfc.json")).unwrap();
        assert_eq!(format!("{rfc:?}"), format!("{:?}", Profile::default()));
    }
}
