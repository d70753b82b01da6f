//! Zoho's data centres: which hosts may be sent a client secret or a token.

use crate::oauth::profile::DataCentre;

/// Zoho's data centres, by the `location` that a callback carries. A client is registered at one of them; its users may
/// live at any.
///
/// `sure` is false where Zoho documents only one of the two hosts.
pub const DATA_CENTRES: &[DataCentre] = &[
    centre(
        "us",
        "https://accounts.zoho.com",
        &["https://www.zohoapis.com", "https://sandbox.zohoapis.com", "https://developer.zohoapis.com"],
        true,
    ),
    centre(
        "eu",
        "https://accounts.zoho.eu",
        &["https://www.zohoapis.eu", "https://sandbox.zohoapis.eu", "https://developer.zohoapis.eu"],
        true,
    ),
    centre(
        "in",
        "https://accounts.zoho.in",
        &["https://www.zohoapis.in", "https://sandbox.zohoapis.in", "https://developer.zohoapis.in"],
        true,
    ),
    centre(
        "au",
        "https://accounts.zoho.com.au",
        &[
            "https://www.zohoapis.com.au",
            "https://sandbox.zohoapis.com.au",
            "https://developer.zohoapis.com.au",
        ],
        true,
    ),
    centre(
        "jp",
        "https://accounts.zoho.jp",
        &["https://www.zohoapis.jp", "https://sandbox.zohoapis.jp", "https://developer.zohoapis.jp"],
        true,
    ),
    centre(
        "cn",
        "https://accounts.zoho.com.cn",
        &[
            "https://www.zohoapis.com.cn",
            "https://sandbox.zohoapis.com.cn",
            "https://developer.zohoapis.com.cn",
        ],
        true,
    ),
    centre(
        "ca",
        "https://accounts.zohocloud.ca",
        &["https://www.zohoapis.ca", "https://sandbox.zohoapis.ca", "https://developer.zohoapis.ca"],
        true,
    ),
    centre(
        "sa",
        "https://accounts.zoho.sa",
        &["https://www.zohoapis.sa", "https://sandbox.zohoapis.sa", "https://developer.zohoapis.sa"],
        true,
    ),
    centre("uk", "https://accounts.zoho.uk", &["https://www.zohoapis.uk"], false),
    centre("ae", "https://accounts.zoho.ae", &["https://www.zohoapis.ae"], false),
];

const fn centre(
    location: &'static str,
    accounts: &'static str,
    apis: &'static [&'static str],
    sure: bool,
) -> DataCentre {
    DataCentre { location, accounts, apis, sure }
}
