use grantkit::testing::{FakeZoho, Request, Response};
use serde_json::{Value, json};

use crate::support::*;

const API: &str = "https://www.zohoapis.com/crm/v8";

fn since(zoho: &mut FakeZoho, path: &str, access: &str, time: &str) -> Response {
    let request = Request::get(&format!("{API}/{path}")).header("authorization", &format!("Bearer {access}"));
    zoho.handle(&request.header("if-modified-since", time))
}

fn list(zoho: &mut FakeZoho, path: &str, access: &str) -> Value {
    json(&api(zoho, &format!("{API}/{path}"), access))
}

fn column(body: &Value, name: &str) -> Vec<String> {
    body["data"].as_array().unwrap().iter().map(|record| text(record, name)).collect()
}

/// Creates, deletes or changes a record; returns the details of the response.
fn write(zoho: &mut FakeZoho, method: &str, path: &str, access: &str) -> Value {
    let mut request =
        Request::get(&format!("{API}/{path}")).header("authorization", &format!("Bearer {access}"));
    request.method = method.to_owned();
    request.body = br#"{"data":[{"Last_Name":"Curie"}]}"#.to_vec();
    json(&zoho.handle(&request))["data"][0]["details"].clone()
}

fn about(code: &str, message: &str, details: Value) -> Value {
    json!({ "code": code, "details": details, "message": message, "status": "error" })
}

#[test]
fn page_tokens_list_each_record_once() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    for sort in ["", "&sort_by=Modified_Time&sort_order=asc", "&sort_by=Created_Time"] {
        let asked = format!("Contacts?fields=Modified_Time,Created_Time&per_page=50{sort}");
        let mut body = list(&mut zoho, &asked, &access);
        let mut ids = column(&body, "id");
        let mut times = column(&body, "Modified_Time");
        for (page, count) in [(2, 50), (3, 30)] {
            let token = text(&body["info"], "next_page_token");
            body = list(&mut zoho, &format!("{asked}&page_token={token}"), &access);
            assert_eq!((&body["info"]["page"], &body["info"]["count"]), (&json!(page), &json!(count)));
            ids.extend(column(&body, "id"));
            times.extend(column(&body, "Modified_Time"));
        }
        assert_eq!(
            (&body["info"]["more_records"], &body["info"]["next_page_token"]),
            (&json!(false), &Value::Null)
        );
        let mut sorted = ids.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 130, "{sort}");
        match sort {
            "" => assert!(ids.is_sorted_by(|one, next| one > next)),
            "&sort_by=Created_Time" => {
                assert!(ids.is_sorted_by(|one, next| one > next), "ids have the order of creation")
            }
            _ => assert!(times.is_sorted()),
        }
    }
}

#[test]
fn a_page_token_continues_after_the_last_record() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let asked = "Contacts?fields=Last_Name&per_page=100&sort_order=asc";
    let first = list(&mut zoho, asked, &access);
    let shown = column(&first, "id");
    write(&mut zoho, "DELETE", &format!("Contacts/{}", shown[0]), &access);
    let created = text(&write(&mut zoho, "POST", "Contacts", &access), "id");
    let token = text(&first["info"], "next_page_token");
    let rest = column(&list(&mut zoho, &format!("{asked}&page_token={token}"), &access), "id");
    assert_eq!(rest.len(), 31);
    assert!(rest.iter().all(|id| !shown.contains(id)) && rest.contains(&created));
}

#[test]
fn a_page_token_is_valid_for_its_list_and_one_day() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let asked = "Contacts?fields=Last_Name&per_page=100";
    let token = text(&list(&mut zoho, asked, &access)["info"], "next_page_token");
    let on = |query: &str| format!("{API}/{query}&page_token={token}");
    let mismatch = about(
        "TOKEN_BOUND_DATA_MISMATCH",
        "The page_token given seems to be invalid or input param is added or altered or deleted",
        json!({ "param_name": "page_token" }),
    );
    for other in [
        "Contacts?fields=Email&per_page=100",
        "Contacts?fields=Last_Name&per_page=10",
        "Contacts?fields=Last_Name&per_page=100&sort_order=asc",
        "Leads?fields=Last_Name&per_page=100",
    ] {
        assert_response(&api(&mut zoho, &on(other), &access), 400, mismatch.clone());
    }
    let path = on(asked).replacen(&format!("{API}/"), "", 1);
    assert_response(&since(&mut zoho, &path, &access, "2020-01-01T00:00:00Z"), 400, mismatch.clone());
    assert_response(&api(&mut zoho, &format!("{API}/{asked}&page_token=0"), &access), 400, mismatch);
    let both = api(&mut zoho, &format!("{}&page=2", on(asked)), &access);
    assert_response(
        &both,
        400,
        about(
            "AMBIGUITY_DURING_PROCESSING",
            "You cannot use both page and page_token.",
            json!({ "ambiguity_due_to": [{ "param_name": "page" }, { "param_name": "page_token" }] }),
        ),
    );
    assert_eq!(api(&mut zoho, &on(asked), &access).status, 200);
    assert_eq!(api(&mut zoho, &on(asked), &access).status, 200, "it is not used up");
    zoho.advance(86_400);
    let fresh = sign_in(&mut zoho, &[("prompt", "consent")]).access;
    let expired = about("EXPIRED_VALUE", "Page token expired", json!({ "param_name": "page_token" }));
    assert_response(&api(&mut zoho, &on(asked), &fresh), 400, expired);
}

#[test]
fn page_numbers_reach_two_thousand_records() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let at = |query: &str| format!("{API}/Leads?fields=Last_Name&{query}");
    assert_eq!(api(&mut zoho, &at("page=10"), &access).status, 204);
    assert_eq!(api(&mut zoho, &at("page=100&per_page=20"), &access).status, 204);
    let too_far = about(
        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
        "You can only get the first 2000 records without using page_token param.",
        json!({ "limit": 2000 }),
    );
    for query in ["page=11", "page=101&per_page=20", "page=18446744073709551615"] {
        assert_response(&api(&mut zoho, &at(query), &access), 400, too_far.clone());
    }
    for (name, value) in [("sort_by", "Last_Name"), ("sort_order", "up")] {
        let wrong =
            about("INVALID_DATA", "the value given seems to be invalid", json!({ "param_name": name }));
        assert_response(&api(&mut zoho, &at(&format!("{name}={value}")), &access), 400, wrong);
    }
}

#[test]
fn deleted_records_are_listed_latest_first() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let deleted = format!("{API}/Products/deleted");
    assert_eq!(api(&mut zoho, &deleted, &access).status, 204);
    let products = list(&mut zoho, "Products?fields=Product_Name&per_page=3", &access);
    for id in column(&products, "id") {
        zoho.advance(60);
        write(&mut zoho, "DELETE", &format!("Products/{id}"), &access);
    }
    let body = json(&api(&mut zoho, &format!("{deleted}?type=all&per_page=2"), &access));
    assert_eq!(body["info"], json!({ "page": 1, "per_page": 2, "count": 2, "more_records": true }));
    assert_eq!(
        body["data"][0],
        json!({
            "id": products["data"][2]["id"],
            "display_name": products["data"][2]["Product_Name"],
            "type": "recycle",
            "created_by": { "id": "415086800000031001", "name": "owner", "email": "owner@example.com" },
            "deleted_by": { "id": "415086800000031001", "name": "uma", "email": "uma@example.com" },
            "deleted_time": "2026-01-05T01:03:00-08:00",
        })
    );
    let second = json(&api(&mut zoho, &format!("{deleted}?page=2&per_page=2"), &access));
    assert_eq!(column(&second, "id"), [text(&products["data"][0], "id")]);
    assert_eq!(second["info"]["more_records"], json!(false));
    let late = json(&since(&mut zoho, "Products/deleted", &access, "2026-01-05T01:02:00-08:00"));
    assert_eq!(column(&late, "id"), [text(&products["data"][2], "id")]);
    assert_eq!(since(&mut zoho, "Products/deleted", &access, "2026-01-05T01:03:00-08:00").status, 204);
    assert_eq!(api(&mut zoho, &format!("{deleted}?type=permanent"), &access).status, 204);
    let wrong = about("INVALID_DATA", "the value given seems to be invalid", json!({ "param_name": "type" }));
    assert_response(&api(&mut zoho, &format!("{deleted}?type=some"), &access), 400, wrong);
    assert_eq!(
        api(&mut zoho, &format!("{API}/Leads/deleted"), &access).status,
        204,
        "only those of the module"
    );
}

#[test]
fn records_are_counted() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let count = |zoho: &mut FakeZoho| list(zoho, "Contacts/actions/count", &access);
    assert_eq!(count(&mut zoho), json!({ "count": 130 }));
    write(&mut zoho, "POST", "Contacts", &access);
    assert_eq!(count(&mut zoho), json!({ "count": 131 }));
    let other = api(&mut zoho, &format!("{API}/Contacts/actions/other"), &access);
    let no_url = "Please check if the URL trying to access is a correct one";
    assert_response(&other, 404, crm_error("INVALID_URL_PATTERN", no_url));
}

#[test]
fn every_response_has_the_date_of_the_fakes_clock() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    zoho.advance(59);
    let response = api(&mut zoho, &format!("{API}/org"), &access);
    assert_eq!(response.find("date"), Some("Mon, 05 Jan 2026 09:00:59 GMT"));
    assert_eq!(
        api(&mut zoho, &format!("{US}/nowhere"), &access).find("date"),
        Some("Mon, 05 Jan 2026 09:00:59 GMT")
    );
}
