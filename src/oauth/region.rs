//! Regions: a provider that spreads its users over several sets of hosts (Zoho: data centres).

use crate::text::secret::Secret;

/// One region of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its name, as the `location` parameter of an authorization response has it.
    pub location: String,
    /// The origin that issues tokens there.
    pub accounts_server: String,
    /// The origins whose API accepts these tokens; the first is that of production.
    pub api_domains: Vec<String>,
    /// Whether the provider documents all of these hosts.
    pub documented: bool,
}

/// A value that a configuration gives once for all regions, or for single ones.
#[derive(Debug, Clone)]
pub struct PerRegion<T> {
    /// The value for each region that has none of its own. For origins: the value of the home region.
    pub default: Option<T>,
    /// Values by the name of their region.
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

/// A region as one client sees it: the profile's, overlaid with the client's configuration.
#[derive(Debug)]
pub(crate) struct ClientRegion {
    pub(crate) location: String,
    pub(crate) accounts_server: String,
    /// The API origin that the configuration gives.
    pub(crate) api_domain: Option<String>,
    /// The API origins of the profile.
    pub(crate) api_domains: Vec<String>,
    /// The client secret for this region.
    pub(crate) secret: Option<Secret>,
}

impl ClientRegion {
    /// Whether an access token of this region may be sent to that origin.
    pub(crate) fn has_api(&self, origin: &str) -> bool {
        self.api_domain.as_deref() == Some(origin) || self.api_domains.iter().any(|known| known == origin)
    }

    /// The API origin of production, or the configured one.
    pub(crate) fn api(&self) -> Option<&str> {
        self.api_domain.as_ref().or(self.api_domains.first()).map(String::as_str)
    }
}
