//! The CRM API: access tokens, scopes, and the routes of records.

use serde_json::{Value, json};

use super::call::Call;
use super::changes::{Module, Record};
use super::failure::{crm_error, crm_error_about};
use super::http::Response;
use super::issued::Grant;
use super::list::{PER_PAGE, changed, modified_since, select};
use super::origins::Service;
use super::records::{self};
use super::server::FakeZoho;
use super::{countries, date, scope};

impl FakeZoho {
    pub(super) fn crm(&mut self, call: &Call<'_>) -> Response {
        let Some(resource) = call.path.strip_prefix("/crm/v8/") else { return no_such_url() };
        let Some(token) = call.access_token() else {
            return crm_error(401, "AUTHENTICATION_FAILURE", "Authentication failed");
        };
        let is_at_region = |grant: &&Grant| {
            call.service == Service::Api && grant.user.region.location == call.region.location
        };
        let Some(grant) = self.issued.access_token(token, self.now).filter(is_at_region).cloned() else {
            return crm_error(401, "INVALID_TOKEN", "invalid oauth token");
        };
        let segments: Vec<&str> = resource.split('/').collect();
        let operation = match call.request.method.to_ascii_uppercase().as_str() {
            "GET" => "READ",
            "POST" => "CREATE",
            "PUT" => "UPDATE",
            "DELETE" => "DELETE",
            _ => return wrong_method(),
        };
        let allowed = |area, sub| scope::allows(&grant.scope, area, sub, operation);
        match (segments.as_slice(), operation) {
            (["org"], "READ") if allowed("org", None) => self.organisation(call),
            (["users"], "READ") if allowed("users", None) => current_user(&grant),
            (["org" | "users"], "READ") => scope_mismatch(),
            (["org" | "users"], _) => wrong_method(),
            (["org" | "users", ..], _) => no_such_url(),
            ([name, rest @ ..], _) if rest.len() <= 1 || *rest == ["actions", "count"] => {
                match Module::find(name) {
                    None => crm_error_about(
                        400,
                        "INVALID_MODULE",
                        "the module name given seems to be invalid",
                        &json!({ "resource_path_index": 0 }),
                    ),
                    Some(module) if !allowed("modules", Some(module.name())) => scope_mismatch(),
                    Some(module) => self.module(call, module, rest, operation, &grant),
                }
            }
            _ => no_such_url(),
        }
    }

    fn module(
        &mut self,
        call: &Call<'_>,
        module: Module,
        rest: &[&str],
        operation: &str,
        grant: &Grant,
    ) -> Response {
        match (operation, rest) {
            ("READ", []) => self.list(call, module),
            ("READ", ["deleted"]) => self.deleted(call, module),
            ("READ", ["actions", "count"]) => self.count(call, module),
            ("READ", [id]) => self.one(call, module, id),
            ("CREATE", []) => self.create(call, module, grant),
            ("UPDATE", [id]) => self.update(call, module, id, grant),
            ("DELETE", [id]) => self.delete(call, module, id, grant),
            _ => wrong_method(),
        }
    }

    fn one(&self, call: &Call<'_>, module: Module, id: &str) -> Response {
        match self.find(call, module, id) {
            None => no_such_record(),
            Some(record) if !changed(&record, modified_since(call)) => Response::empty(304),
            Some(record) => {
                let record = match call.parameter("fields") {
                    Some(fields) => select(record, fields),
                    None => Value::Object(record),
                };
                Response::json(200, &json!({ "data": [record] }))
            }
        }
    }

    pub(super) fn find(&self, call: &Call<'_>, module: Module, id: &str) -> Option<Record> {
        let mut records = self.records(call.region, module).into_iter();
        records.find(|record| record.get("id").and_then(Value::as_str) == Some(id))
    }

    fn organisation(&self, call: &Call<'_>) -> Response {
        let country = countries::country_of(call.region);
        let organisation = json!({
            "id": format!("{}{:011}", country.number, 15),
            "zgid": (u64::from(country.number)).saturating_mul(101).to_string(),
            "company_name": format!("Fake Company, {}", country.name),
            "primary_email": format!("office@{}.example", call.region.location),
            "country": country.name,
            "country_code": country.country_code,
            "iso_code": country.currency,
            "time_zone": date::iso8601(self.now, country.zone).get(19..),
            "type": "production",
        });
        Response::json(200, &json!({ "org": [organisation] }))
    }
}

fn current_user(grant: &Grant) -> Response {
    let mut user = records::owner(grant.user.region, &grant.user.email);
    if let Some(members) = user.as_object_mut() {
        members.insert("status".to_owned(), "active".into());
    }
    Response::json(
        200,
        &json!({ "users": [user], "info": { "page": 1, "per_page": PER_PAGE, "count": 1, "more_records": false } }),
    )
}

pub(super) fn no_such_record() -> Response {
    crm_error(400, "INVALID_DATA", "the id given seems to be invalid")
}

fn no_such_url() -> Response {
    crm_error(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")
}

fn wrong_method() -> Response {
    crm_error(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
}

fn scope_mismatch() -> Response {
    crm_error(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
}
