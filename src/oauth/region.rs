//! Regions: sets of hosts between which a provider distributes its users (Zoho: data centres).

use crate::text::secret::Secret;

/// One region of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The name, which is the `location` parameter of an authorization response.
    pub location: String,
    /// The origin that issues the tokens of this region.
    pub accounts_server: String,
    /// The API origins that accept these tokens; the first is that of production.
    pub api_domains: Vec<String>,
}

/// A value of a configuration, for all regions or by region.
#[derive(Debug, Clone)]
pub struct PerRegion<T> {
    /// The value of each region without one of its own; of an origin, the value of the home region.
    pub default: Option<T>,
    /// Values by the name of the region.
    pub by_location: Vec<(String, T)>,
}

impl<T> Default for PerRegion<T> {
    fn default() -> Self {
        Self { default: None, by_location: Vec::new() }
    }
}

impl<T> From<T> for PerRegion<T> {
    fn from(value: T) -> Self {
        Self { default: Some(value), by_location: Vec::new() }
    }
}

impl From<&str> for PerRegion<String> {
    fn from(value: &str) -> Self {
        Self::from(value.to_owned())
    }
}

impl From<String> for PerRegion<Secret> {
    fn from(value: String) -> Self {
        Self::from(Secret::from(value))
    }
}

impl From<&str> for PerRegion<Secret> {
    fn from(value: &str) -> Self {
        Self::from(Secret::from(value))
    }
}

/// A region of a client: that of the profile with the values of the configuration.
#[derive(Debug)]
pub(crate) struct ClientRegion {
    pub(crate) location: String,
    pub(crate) accounts_server: String,
    /// The API origin of the configuration.
    pub(crate) api_domain: Option<String>,
    /// The API origins of the profile.
    pub(crate) api_domains: Vec<String>,
    /// The client secret for this region.
    pub(crate) secret: Option<Secret>,
}

impl ClientRegion {
    /// Whether an access token of this region may be sent to an origin.
    pub(crate) fn has_api(&self, origin: &str) -> bool {
        self.api_domain.as_deref() == Some(origin) || self.api_domains.iter().any(|known| known == origin)
    }

    /// The configured API origin, else that of production.
    pub(crate) fn api(&self) -> Option<&str> {
        self.api_domain.as_ref().or(self.api_domains.first()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_for_all_regions() {
        let secret = PerRegion::<Secret>::from("s".to_owned());
        assert_eq!(secret.default.as_ref().map(Secret::expose), Some("s"));
        assert!(secret.by_location.is_empty());
        let origin = PerRegion::<String>::from("https://accounts.example");
        assert_eq!(
            (origin.default.as_deref(), origin.by_location.len()),
            (Some("https://accounts.example"), 0)
        );
    }
}
