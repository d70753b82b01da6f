//! The API console's "Generate Code" for a Self Client.

use std::sync::Arc;

use super::issued::Grant;
use super::limits::{Counter, SELF_CLIENT_CODE_LIFE};
use super::misuse::Misuse;
use super::options::User;
use super::server::FakeZoho;
use super::{regions, scope};

impl FakeZoho {
    /// Issues a code for `scope`, separated by commas, to the first user of the data centre `location`. By default
    /// `location` is where the client is registered, and the code expires after 180 `seconds`. The token request for it
    /// has no `redirect_uri`.
    ///
    /// # Errors
    /// An unknown client or data centre, a client without a secret at `location`, a malformed scope, or more than ten
    /// codes in ten minutes.
    pub fn self_client_code(
        &mut self,
        client_id: &str,
        scope: &str,
        location: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<String, Misuse> {
        let registered = self.client(client_id);
        let client = registered.cloned().ok_or_else(|| {
            Misuse::new(format!("no client {client_id:?} is registered: list it in the clients of the fake"))
        })?;
        let region = location.map_or(Ok(client.home), regions::region)?;
        if client.secret_for(region).is_none() {
            return Err(Misuse::new(format!(
                "the client {client_id:?} of {:?} is not known at {:?}: register it there, or give it redirect_uris and a secret for it",
                client.home.location, region.location
            )));
        }
        let scope = scope::parse(scope).ok_or_else(|| {
            Misuse::new(format!(
                "{scope:?} is not a comma-separated list of scopes: give scopes such as ZohoCRM.modules.ALL"
            ))
        })?;
        if !self.rate_limits.take(Counter::Codes(client.id.clone()), self.now) {
            return Err(Misuse::new("ten codes in ten minutes for one client: advance the clock"));
        }
        let owner = self.users.iter().find(|user| user.region.location == region.location).cloned();
        let user = owner.unwrap_or_else(|| {
            Arc::new(User { email: format!("owner@{}.example", region.location), region })
        });
        let expires_at = self.now.saturating_add(seconds.unwrap_or(SELF_CLIENT_CODE_LIFE));
        Ok(self.issued.add_code(Grant { client, user, scope }, None, expires_at, &mut self.random))
    }
}
