use grantkit::testing::{FakeZoho, Request, Response};
use serde_json::{Value, json};

use crate::support::*;

const LEADS: &str = "https://www.zohoapis.com/crm/v8/Leads";

fn write(zoho: &mut FakeZoho, method: &str, url: &str, access: &str, body: &str) -> Response {
    let mut request = Request::get(url).header("authorization", &format!("Bearer {access}"));
    request.method = method.to_owned();
    request.body = body.as_bytes().to_vec();
    zoho.handle(&request)
}

fn details(id: &str, created: &str, modified: &str) -> Value {
    json!({ "id": id, "Created_Time": created, "Modified_Time": modified })
}

#[test]
fn a_record_is_created_updated_and_deleted() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let made = "2026-01-05T01:00:00-08:00";
    let two =
        json!({ "data": [{ "Last_Name": "Curie", "id": "1" }, { "Last_Name": "Noether" }] }).to_string();
    let response = write(&mut zoho, "POST", LEADS, &access, &two);
    let (curie, noether) = ("415086800000501961", "415086800000501965");
    let done = |details: Value, message: &str| json!({ "code": "SUCCESS", "details": details, "message": message, "status": "success" });
    let added = [curie, noether].map(|id| done(details(id, made, made), "record added"));
    assert_response(&response, 201, json!({ "data": added }));

    zoho.advance(60);
    let changed = "2026-01-05T01:01:00-08:00";
    let change = json!({ "data": [{ "Company": "Sorbonne", "id": "1" }] }).to_string();
    let response = write(&mut zoho, "PUT", &format!("{LEADS}/{curie}"), &access, &change);
    assert_response(
        &response,
        200,
        json!({ "data": [done(details(curie, made, changed), "record updated")] }),
    );
    let one = json(&api(&mut zoho, &format!("{LEADS}/{curie}"), &access));
    let user = json!({ "id": "415086800000031001", "name": "uma", "email": "uma@example.com" });
    assert_eq!(
        one["data"],
        json!([{
            "id": curie,
            "Last_Name": "Curie",
            "Company": "Sorbonne",
            "Created_Time": made,
            "Modified_Time": changed,
            "Modified_By": user,
            "Owner": user,
        }])
    );
    let first = |zoho: &mut FakeZoho| {
        text(&json(&api(zoho, &format!("{LEADS}?fields=id&per_page=1"), &access))["data"][0], "id")
    };
    assert_eq!(first(&mut zoho), noether, "the newest is first");

    let response = write(&mut zoho, "DELETE", &format!("{LEADS}/{noether}"), &access, "");
    assert_response(&response, 200, json!({ "data": [done(json!({ "id": noether }), "record deleted")] }));
    assert_eq!(first(&mut zoho), curie);
    let unknown = crm_error("INVALID_DATA", "the id given seems to be invalid");
    for method in ["GET", "PUT", "DELETE"] {
        let response = write(&mut zoho, method, &format!("{LEADS}/{noether}"), &access, &change);
        assert_response(&response, 400, unknown.clone());
    }
    let response = write(&mut zoho, "POST", LEADS, &access, &change);
    assert_eq!(json(&response)["data"][0]["details"]["id"], "415086800000501969", "an id is not reused");
}

#[test]
fn a_body_without_records_is_refused() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    for body in ["", "[]", "{}", r#"{"data":[]}"#, r#"{"data":[1]}"#, r#"{"data":{}}"#] {
        let response = write(&mut zoho, "POST", LEADS, &access, body);
        assert_response(&response, 400, crm_error("INVALID_DATA", "body"));
    }
}

#[test]
fn each_operation_has_its_scope() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[("scope", "ZohoCRM.modules.leads.CREATE")]).access;
    let body = r#"{"data":[{"Last_Name":"Curie"}]}"#;
    assert_eq!(write(&mut zoho, "POST", LEADS, &access, body).status, 201);
    let id = "415086800000501961";
    for method in ["GET", "PUT", "DELETE"] {
        let response = write(&mut zoho, method, &format!("{LEADS}/{id}"), &access, body);
        let mismatch = crm_error("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL");
        assert_response(&response, 401, mismatch);
    }
}
