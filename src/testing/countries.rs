//! The country of each data centre's organisation, which its records show.

use crate::oauth::profile::Region;

pub(super) struct Country {
    location: &'static str,
    pub(super) name: &'static str,
    pub(super) country_code: &'static str,
    pub(super) currency: &'static str,
    /// Minutes from UTC; there is no summer time.
    pub(super) zone: i32,
    pub(super) cities: [&'static str; 4],
    /// The number of the organisation, with which the ids of its records begin.
    pub(super) number: u32,
}

const COUNTRIES: [Country; 10] = [
    country("us", "United States", "US", "USD", -480, ["Oakland", "Austin", "Boston", "Portland"], 4_150_868),
    country("eu", "Germany", "DE", "EUR", 60, ["Hamburg", "Leipzig", "Lyon", "Utrecht"], 5_377_214),
    country("in", "India", "IN", "INR", 330, ["Chennai", "Pune", "Kochi", "Jaipur"], 6_021_190),
    country("au", "Australia", "AU", "AUD", 600, ["Hobart", "Perth", "Brisbane", "Geelong"], 6_874_003),
    country("jp", "Japan", "JP", "JPY", 540, ["Sendai", "Osaka", "Nagoya", "Sapporo"], 7_112_458),
    country("cn", "China", "CN", "CNY", 480, ["Chengdu", "Suzhou", "Xiamen", "Wuhan"], 7_530_627),
    country("ca", "Canada", "CA", "CAD", -300, ["Halifax", "Ottawa", "Calgary", "Gatineau"], 8_004_911),
    country("sa", "Saudi Arabia", "SA", "SAR", 180, ["Riyadh", "Jeddah", "Abha", "Tabuk"], 8_266_075),
    country("uk", "United Kingdom", "GB", "GBP", 0, ["Leeds", "Cardiff", "Dundee", "Bristol"], 8_713_342),
    country(
        "ae",
        "United Arab Emirates",
        "AE",
        "AED",
        240,
        ["Dubai", "Sharjah", "Al Ain", "Ajman"],
        9_190_886,
    ),
];

const fn country(
    location: &'static str,
    name: &'static str,
    country_code: &'static str,
    currency: &'static str,
    zone: i32,
    cities: [&'static str; 4],
    number: u32,
) -> Country {
    Country { location, name, country_code, currency, zone, cities, number }
}

/// The country of a data centre.
pub(super) fn country_of(region: &Region) -> &'static Country {
    let [first, ..] = &COUNTRIES;
    COUNTRIES.iter().find(|country| country.location == region.location).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::regions;

    #[test]
    fn every_data_centre_has_a_country() {
        for region in regions::all() {
            assert_eq!(country_of(region).location, region.location);
        }
    }
}
