//! Zoho's data centres, from the row of the provider.

use std::sync::LazyLock;

use super::misuse::Misuse;
use crate::oauth::profile::Region;
use crate::provider;

static REGIONS: LazyLock<Vec<Region>> =
    LazyLock::new(|| provider::zoho().map(|profile| profile.regions).unwrap_or_default());

/// All data centres, as the row lists them.
pub(super) fn all() -> &'static [Region] {
    &REGIONS
}

/// The data centre of that name.
pub(super) fn region(location: &str) -> Result<&'static Region, Misuse> {
    all().iter().find(|region| region.location == location).ok_or_else(|| {
        let known: Vec<_> = all().iter().map(|region| region.location.as_str()).collect();
        Misuse::new(format!("no data centre is called {location:?}: use one of {}", known.join(", ")))
    })
}
