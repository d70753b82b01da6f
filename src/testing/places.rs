//! What an organisation's records say of the place where it is.

use crate::oauth::profile::DataCentre;

pub(super) struct Place {
    location: &'static str,
    pub(super) country: &'static str,
    pub(super) country_code: &'static str,
    pub(super) currency: &'static str,
    /// Minutes from UTC; the organisations keep no summer time.
    pub(super) zone: i32,
    pub(super) cities: [&'static str; 4],
    /// The organisation's number, which begins the ids of its records.
    pub(super) number: u32,
}

const PLACES: [Place; 10] = [
    place("us", "United States", "US", "USD", -480, ["Oakland", "Austin", "Boston", "Portland"], 4_150_868),
    place("eu", "Germany", "DE", "EUR", 60, ["Hamburg", "Leipzig", "Lyon", "Utrecht"], 5_377_214),
    place("in", "India", "IN", "INR", 330, ["Chennai", "Pune", "Kochi", "Jaipur"], 6_021_190),
    place("au", "Australia", "AU", "AUD", 600, ["Hobart", "Perth", "Brisbane", "Geelong"], 6_874_003),
    place("jp", "Japan", "JP", "JPY", 540, ["Sendai", "Osaka", "Nagoya", "Sapporo"], 7_112_458),
    place("cn", "China", "CN", "CNY", 480, ["Chengdu", "Suzhou", "Xiamen", "Wuhan"], 7_530_627),
    place("ca", "Canada", "CA", "CAD", -300, ["Halifax", "Ottawa", "Calgary", "Gatineau"], 8_004_911),
    place("sa", "Saudi Arabia", "SA", "SAR", 180, ["Riyadh", "Jeddah", "Abha", "Tabuk"], 8_266_075),
    place("uk", "United Kingdom", "GB", "GBP", 0, ["Leeds", "Cardiff", "Dundee", "Bristol"], 8_713_342),
    place("ae", "United Arab Emirates", "AE", "AED", 240, ["Dubai", "Sharjah", "Al Ain", "Ajman"], 9_190_886),
];

const fn place(
    location: &'static str,
    country: &'static str,
    country_code: &'static str,
    currency: &'static str,
    zone: i32,
    cities: [&'static str; 4],
    number: u32,
) -> Place {
    Place { location, country, country_code, currency, zone, cities, number }
}

/// The place of a data centre.
pub(super) fn of(centre: &DataCentre) -> &'static Place {
    let [first, ..] = &PLACES;
    PLACES.iter().find(|place| place.location == centre.location).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::zoho::DATA_CENTRES;

    #[test]
    fn every_data_centre_has_its_own() {
        for centre in DATA_CENTRES {
            assert_eq!(of(centre).location, centre.location);
        }
    }
}
