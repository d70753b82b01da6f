//! The two revocation endpoints. Both accept a request at the data centre of the user, where Zoho was observed to
//! accept it, and at that of the client, which Zoho's pages name.

use serde_json::json;

use super::call::Call;
use super::http::Response;
use super::issued::Grant;
use super::page;
use super::server::FakeZoho;

fn success() -> Response {
    Response::json(200, &json!({ "status": "success" }))
}

fn error(code: &str) -> Response {
    Response::json(400, &json!({ "error": code })).logged_as(code)
}

fn is_at_region(grant: &Grant, call: &Call<'_>) -> bool {
    [&grant.user.region.location, &grant.client.home.location].contains(&&call.region.location)
}

impl FakeZoho {
    /// The older form: a token of either type, without client authentication.
    pub(super) fn revoke_unauthenticated(&mut self, call: &Call<'_>) -> Response {
        if !call.is_method("POST") {
            return page::error(400, "Bad Request");
        }
        let token = call.parameter("token").unwrap_or_default();
        if self.issued.refresh_token(token).is_some_and(|grant| is_at_region(grant, call)) {
            self.issued.revoke_refresh_token(token);
            success()
        } else if self.issued.access_token(token, self.now).is_some_and(|grant| is_at_region(grant, call)) {
            self.issued.revoke_access_token(token);
            success()
        } else {
            error("invalid_token")
        }
    }

    /// The newer form: a token of the given type, with client authentication by HTTP Basic.
    pub(super) fn revoke(&mut self, call: &Call<'_>) -> Response {
        if !call.is_method("POST") {
            return page::error(400, "Bad Request");
        }
        if call.basic().is_none() {
            return error("invalid_client");
        }
        let client = match self.authenticate(call) {
            Ok(client) => client,
            Err(code) => return error(code),
        };
        let token = call.parameter("token").unwrap_or_default();
        let is_own = |grant: &Grant| grant.client.id == client.id && is_at_region(grant, call);
        match call.parameter("token_type") {
            None | Some("refresh_token") if self.issued.refresh_token(token).is_some_and(is_own) => {
                self.issued.revoke_refresh_token(token);
            }
            Some("access_token") if self.issued.access_token(token, self.now).is_some_and(is_own) => {
                self.issued.revoke_access_token(token);
            }
            _ => return error("invalid_token"),
        }
        success()
    }
}
