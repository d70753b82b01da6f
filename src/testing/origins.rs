//! The origins of the data centres, and those at which the fake is served instead.

use super::misuse::Misuse;
use super::regions;
use crate::oauth::profile::Region;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Accounts,
    /// The production API.
    Api,
    /// The API of a sandbox or developer organisation, which does not accept tokens of production.
    OtherEnvironment,
}

/// Pairs of a real origin and the one at which it is served, such as a server on loopback.
#[derive(Clone, Default)]
pub(super) struct Origins(Vec<(String, String)>);

impl Origins {
    pub(super) fn bind(&mut self, real: &str, public: &str) -> Result<(), Misuse> {
        if find_real(real).is_none() {
            return Err(Misuse::new(format!(
                "{real} is not an origin of a Zoho data centre: bind an accounts server or an API origin"
            )));
        }
        self.0.retain(|(bound, _)| bound != real);
        self.0.push((real.to_owned(), public.trim_end_matches('/').to_owned()));
        Ok(())
    }

    pub(super) fn find(&self, origin: &str) -> Option<(&'static Region, Service, &'static str)> {
        let bound = self.0.iter().find(|(_, public)| public == origin).map(|(real, _)| real.as_str());
        find_real(bound.unwrap_or(origin))
    }

    /// The origin that responses name for a real one.
    pub(super) fn public<'a>(&'a self, real: &'a str) -> &'a str {
        self.0.iter().find(|(bound, _)| bound == real).map_or(real, |(_, public)| public)
    }

    pub(super) fn api_origin<'a>(&'a self, region: &'a Region) -> &'a str {
        self.public(region.api_domains.first().map_or("", String::as_str))
    }
}

fn find_real(origin: &str) -> Option<(&'static Region, Service, &'static str)> {
    regions::all().iter().find_map(|region| {
        if region.accounts_server == origin {
            return Some((region, Service::Accounts, region.accounts_server.as_str()));
        }
        let (index, real) = region.api_domains.iter().enumerate().find(|(_, api)| *api == origin)?;
        Some((region, if index == 0 { Service::Api } else { Service::OtherEnvironment }, real.as_str()))
    })
}
