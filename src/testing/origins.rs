//! Which host is which data centre's, and under which origin the fake is reached.

use super::options::Misuse;
use crate::oauth::profile::DataCentre;
use crate::provider::zoho::DATA_CENTRES;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Accounts,
    /// The production API.
    Api,
    /// The API of a sandbox or a developer organisation, where tokens of production are unknown.
    OtherEnvironment,
}

/// The origins under which real ones are reached, where they differ: a server on loopback.
#[derive(Clone, Default)]
pub(super) struct Origins(Vec<(String, String)>);

impl Origins {
    pub(super) fn bind(&mut self, real: &str, public: &str) -> Result<(), Misuse> {
        if find_real(real).is_none() {
            return Err(Misuse::new(format!("{real} is no origin of a Zoho data centre")));
        }
        self.0.retain(|(bound, _)| bound != real);
        self.0.push((real.to_owned(), public.trim_end_matches('/').to_owned()));
        Ok(())
    }

    pub(super) fn find(&self, origin: &str) -> Option<(&'static DataCentre, Service, &'static str)> {
        let bound = self.0.iter().find(|(_, public)| public == origin).map(|(real, _)| real.as_str());
        find_real(bound.unwrap_or(origin))
    }

    /// The origin to print for a real one.
    pub(super) fn public<'a>(&'a self, real: &'a str) -> &'a str {
        self.0.iter().find(|(bound, _)| bound == real).map_or(real, |(_, public)| public)
    }

    pub(super) fn api<'a>(&'a self, centre: &'a DataCentre) -> &'a str {
        self.public(centre.apis.first().copied().unwrap_or_default())
    }
}

fn find_real(origin: &str) -> Option<(&'static DataCentre, Service, &'static str)> {
    DATA_CENTRES.iter().find_map(|centre| {
        if centre.accounts == origin {
            return Some((centre, Service::Accounts, centre.accounts));
        }
        let (place, real) = centre.apis.iter().enumerate().find(|(_, api)| **api == origin)?;
        Some((centre, if place == 0 { Service::Api } else { Service::OtherEnvironment }, *real))
    })
}

/// The data centre of that name.
pub(super) fn centre(location: &str) -> Result<&'static DataCentre, Misuse> {
    DATA_CENTRES.iter().find(|centre| centre.location == location).ok_or_else(|| {
        let known: Vec<_> = DATA_CENTRES.iter().map(|centre| centre.location).collect();
        Misuse::new(format!("no data centre is called {location:?}; known are {}", known.join(", ")))
    })
}
