//! The two revocation endpoints. Either takes requests at the data centre of the user or of the client: Zoho's pages
//! name the latter, practice the former.

use serde_json::json;

use super::call::Call;
use super::http::Response;
use super::issued::Grant;
use super::page;
use super::server::FakeZoho;

fn revoked() -> Response {
    Response::json(200, &json!({ "status": "success" }))
}

fn refused(word: &str) -> Response {
    Response::json(400, &json!({ "error": word })).filed_as(word)
}

fn here(grant: &Grant, call: &Call<'_>) -> bool {
    [&grant.user.region.location, &grant.client.home.location].contains(&&call.region.location)
}

impl FakeZoho {
    /// The older form: whoever holds a token of either kind may revoke it.
    pub(super) fn revoke_unauthenticated(&mut self, call: &Call<'_>) -> Response {
        if !call.is("POST") {
            return page::error(400, "Bad Request");
        }
        let token = call.parameter("token").unwrap_or_default();
        if self.issued.refresh_token(token).is_some_and(|grant| here(grant, call)) {
            self.issued.revoke_refresh_token(token);
            revoked()
        } else if self.issued.access_token(token, self.now).is_some_and(|grant| here(grant, call)) {
            self.issued.revoke_access_token(token);
            revoked()
        } else {
            refused("invalid_token")
        }
    }

    /// The newer form: with HTTP Basic client authentication and a token of the named type.
    pub(super) fn revoke(&mut self, call: &Call<'_>) -> Response {
        if !call.is("POST") {
            return page::error(400, "Bad Request");
        }
        if call.basic().is_none() {
            return refused("invalid_client");
        }
        let client = match self.authenticate(call) {
            Ok(client) => client,
            Err(word) => return refused(word),
        };
        let token = call.parameter("token").unwrap_or_default();
        let its_own = |grant: &Grant| grant.client.id == client.id && here(grant, call);
        match call.parameter("token_type") {
            None | Some("refresh_token") if self.issued.refresh_token(token).is_some_and(its_own) => {
                self.issued.revoke_refresh_token(token);
            }
            Some("access_token") if self.issued.access_token(token, self.now).is_some_and(its_own) => {
                self.issued.revoke_access_token(token);
            }
            _ => return refused("invalid_token"),
        }
        revoked()
    }
}
