//! The CRM API: who asks, what may they do, which records.

use serde_json::{Value, json};

use super::call::Call;
use super::failure::{crm_error, crm_error_about};
use super::http::Response;
use super::issued::Grant;
use super::origins::Service;
use super::records::{self, Module, Record};
use super::server::FakeZoho;
use super::{date, places, scope};

/// The most that a page may hold, and the default.
const PER_PAGE: usize = 200;

impl FakeZoho {
    pub(super) fn crm(&mut self, call: &Call<'_>) -> Response {
        let Some(resource) = call.path.strip_prefix("/crm/v8/") else { return no_such_url() };
        let Some(token) = call.access_token() else {
            return crm_error(401, "AUTHENTICATION_FAILURE", "Authentication failed");
        };
        let here = |grant: &&Grant| {
            call.service == Service::Api && grant.user.centre.location == call.centre.location
        };
        let Some(grant) = self.issued.access_token(token, self.now).filter(here).cloned() else {
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
            ([name, id @ ..], _) if id.len() <= 1 => match Module::find(name) {
                None => crm_error_about(
                    400,
                    "INVALID_MODULE",
                    "the module name given seems to be invalid",
                    &json!({ "resource_path_index": 0 }),
                ),
                Some(module) if !allowed("modules", Some(module.name())) => scope_mismatch(),
                Some(module) => self.module(call, module, id.first().copied(), operation, &grant),
            },
            _ => no_such_url(),
        }
    }

    fn module(
        &mut self,
        call: &Call<'_>,
        module: Module,
        id: Option<&str>,
        operation: &str,
        grant: &Grant,
    ) -> Response {
        match (operation, id) {
            ("READ", None) => self.list(call, module),
            ("READ", Some(id)) => self.one(call, module, id),
            ("CREATE", None) => self.create(call, module, grant),
            ("UPDATE", Some(id)) => self.update(call, module, id, grant),
            ("DELETE", Some(id)) => self.delete(call, module, id),
            _ => wrong_method(),
        }
    }

    fn list(&self, call: &Call<'_>, module: Module) -> Response {
        let Some(fields) = call.parameter("fields") else {
            let details = json!({ "param_name": "fields" });
            return crm_error_about(
                400,
                "REQUIRED_PARAM_MISSING",
                "One of the expected parameter is missing",
                &details,
            );
        };
        let (Some(page), Some(per_page)) = (number(call, "page", 1), number(call, "per_page", PER_PAGE))
        else {
            return crm_error(
                400,
                "INVALID_DATA",
                "page and per_page are positive numbers, per_page at most 200",
            );
        };
        let since = modified_since(call);
        let mut records = self.records(call.centre, module);
        records.retain(|record| changed(record, since));
        if records.is_empty() && since.is_some() {
            return Response::empty(304);
        }
        let before = page.saturating_sub(1).saturating_mul(per_page);
        let left = records.len().saturating_sub(before);
        let shown: Vec<Value> =
            records.into_iter().skip(before).take(per_page).map(|record| select(record, fields)).collect();
        if shown.is_empty() {
            return Response::empty(204);
        }
        let info = json!({
            "page": page,
            "per_page": per_page,
            "count": shown.len(),
            "more_records": left > per_page,
            "sort_by": "id",
            "sort_order": "desc",
        });
        Response::json(200, &json!({ "data": shown, "info": info }))
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
        let mut records = self.records(call.centre, module).into_iter();
        records.find(|record| record.get("id").and_then(Value::as_str) == Some(id))
    }

    fn organisation(&self, call: &Call<'_>) -> Response {
        let place = places::of(call.centre);
        let organisation = json!({
            "id": format!("{}{:011}", place.number, 15),
            "zgid": (u64::from(place.number)).saturating_mul(101).to_string(),
            "company_name": format!("Fake Company, {}", place.country),
            "primary_email": format!("office@{}.example", call.centre.location),
            "country": place.country,
            "country_code": place.country_code,
            "iso_code": place.currency,
            "time_zone": date::write(self.now, place.zone).get(19..),
            "type": "production",
        });
        Response::json(200, &json!({ "org": [organisation] }))
    }
}

fn current_user(grant: &Grant) -> Response {
    let mut user = records::owner(grant.user.centre, &grant.user.email);
    if let Some(members) = user.as_object_mut() {
        members.insert("status".to_owned(), "active".into());
    }
    Response::json(
        200,
        &json!({ "users": [user], "info": { "page": 1, "per_page": PER_PAGE, "count": 1, "more_records": false } }),
    )
}

/// A positive number of at most 200 where it is `per_page`; `None` for anything else.
fn number(call: &Call<'_>, name: &str, default: usize) -> Option<usize> {
    let Some(text) = call.parameter(name) else { return Some(default) };
    text.parse().ok().filter(|number| *number > 0 && (name == "page" || *number <= PER_PAGE))
}

fn modified_since(call: &Call<'_>) -> Option<i64> {
    call.request.find("if-modified-since").and_then(date::read)
}

fn changed(record: &Record, since: Option<i64>) -> bool {
    let modified = || record.get("Modified_Time").and_then(Value::as_str).and_then(date::read);
    since.is_none_or(|since| modified().is_some_and(|modified| modified > since))
}

/// The id and the named fields.
fn select(record: Record, fields: &str) -> Value {
    let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
    Value::Object(
        record.into_iter().filter(|(name, _)| name == "id" || wanted.contains(&name.as_str())).collect(),
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
