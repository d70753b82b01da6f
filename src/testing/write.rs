//! Creates, updates and deletes records. `data` of the response has a result for each.

use serde_json::{Value, json};

use super::call::Call;
use super::changes::{Edit, Module, Record};
use super::crm::no_such_record;
use super::failure::crm_error;
use super::http::Response;
use super::issued::Grant;
use super::records::owner;
use super::server::FakeZoho;
use super::{countries, date};

impl FakeZoho {
    pub(super) fn create(&mut self, call: &Call<'_>, module: Module, grant: &Grant) -> Response {
        let Some(records) = data(call) else { return malformed() };
        let mut results = Vec::new();
        for fields in records {
            let id = self.next_id(call.region, module);
            let mut record = self.with_modification(fields, &id, call, grant);
            record.insert("Created_Time".to_owned(), self.local_time(call).into());
            record.insert("Owner".to_owned(), owner(call.region, &grant.user.email));
            results.push(self.save(call, module, record, "record added"));
        }
        Response::json(201, &json!({ "data": results }))
    }

    pub(super) fn update(&mut self, call: &Call<'_>, module: Module, id: &str, grant: &Grant) -> Response {
        let Some(records) = data(call) else { return malformed() };
        let ([fields], Some(mut record)) = (records.as_slice(), self.find(call, module, id)) else {
            return no_such_record();
        };
        record.extend(self.with_modification(fields.clone(), id, call, grant));
        let result = self.save(call, module, record, "record updated");
        Response::json(200, &json!({ "data": [result] }))
    }

    pub(super) fn delete(&mut self, call: &Call<'_>, module: Module, id: &str, grant: &Grant) -> Response {
        let Some(record) = self.find(call, module, id) else { return no_such_record() };
        let mut entry = Record::new();
        for (name, value) in [
            ("id", id.into()),
            ("display_name", display_name(&record)),
            ("type", "recycle".into()),
            ("created_by", record.get("Owner").cloned().unwrap_or_default()),
            ("deleted_by", owner(call.region, &grant.user.email)),
            ("deleted_time", self.local_time(call).into()),
        ] {
            entry.insert(name.to_owned(), value);
        }
        self.edits.insert((call.region.location.as_str(), module, id.to_owned()), Edit::Deleted(entry));
        let result = json!({ "code": "SUCCESS", "details": { "id": id }, "message": "record deleted", "status": "success" });
        Response::json(200, &json!({ "data": [result] }))
    }

    fn local_time(&self, call: &Call<'_>) -> String {
        date::iso8601(self.now, countries::country_of(call.region).zone)
    }

    fn with_modification(&self, mut fields: Record, id: &str, call: &Call<'_>, grant: &Grant) -> Record {
        fields.insert("id".to_owned(), id.into());
        fields.insert("Modified_Time".to_owned(), self.local_time(call).into());
        fields.insert("Modified_By".to_owned(), owner(call.region, &grant.user.email));
        fields
    }

    fn save(&mut self, call: &Call<'_>, module: Module, record: Record, message: &str) -> Value {
        let member = |name: &str| record.get(name).cloned().unwrap_or_default();
        let details = json!({
            "id": member("id"),
            "Created_Time": member("Created_Time"),
            "Modified_Time": member("Modified_Time"),
        });
        let id = member("id").as_str().unwrap_or_default().to_owned();
        self.edits.insert((call.region.location.as_str(), module, id), Edit::Written(record));
        json!({ "code": "SUCCESS", "details": details, "message": message, "status": "success" })
    }
}

fn display_name(record: &Record) -> Value {
    let names = ["Full_Name", "Product_Name", "Last_Name"];
    names.iter().find_map(|name| record.get(*name)).cloned().unwrap_or_default()
}

/// The objects of `{"data": [...]}`.
fn data(call: &Call<'_>) -> Option<Vec<Record>> {
    let body: Value = serde_json::from_slice(&call.request.body).ok()?;
    let records = body.get("data")?.as_array()?.iter().map(|record| record.as_object().cloned());
    records.collect::<Option<Vec<_>>>().filter(|records| !records.is_empty())
}

fn malformed() -> Response {
    crm_error(400, "INVALID_DATA", "body")
}
