use std::collections::BTreeSet;

use grantkit::testing::{FakeZoho, Request};
use serde_json::{Value, json};

use crate::support::*;

const API: &str = "https://www.zohoapis.com/crm/v8";

fn with_scope(zoho: &mut FakeZoho, scope: &str) -> String {
    sign_in(zoho, &[("scope", scope), ("prompt", "consent")]).access
}

#[test]
fn both_schemes_are_accepted_and_no_other() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let mut org =
        |header: &str| zoho.handle(&Request::get(&format!("{API}/org")).header("authorization", header));
    let organisation = json!({ "org": [{
        "id": "415086800000000015",
        "zgid": "419237668",
        "company_name": "Fake Company, United States",
        "primary_email": "office@us.example",
        "country": "United States",
        "country_code": "US",
        "iso_code": "USD",
        "time_zone": "-08:00",
        "type": "production",
    }] });
    for scheme in ["Zoho-oauthtoken", "Bearer", "bearer"] {
        assert_response(&org(&format!("{scheme} {access}")), 200, organisation.clone());
    }
    let failed = crm_error("AUTHENTICATION_FAILURE", "Authentication failed");
    assert_response(&org(&format!("Basic {access}")), 401, failed.clone());
    assert_response(&org(&access), 401, failed.clone());
    assert_response(&org("Bearer 1000.0.0"), 401, invalid_token());
    let in_query = zoho.handle(&Request::get(&format!("{API}/org?access_token={access}")));
    assert_response(&in_query, 401, failed);
}

#[test]
fn a_token_is_bound_to_its_data_centre_and_environment() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    for host in ["https://www.zohoapis.eu", "https://sandbox.zohoapis.com", "https://developer.zohoapis.com"]
    {
        assert_response(&api(&mut zoho, &format!("{host}/crm/v8/org"), &access), 401, invalid_token());
    }
}

#[test]
fn refresh_tokens_and_codes_do_not_open_the_api() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    let code = web_code(&mut zoho, "uma@example.com", &[]);
    assert!(!opens(&mut zoho, &tokens.refresh) && !opens(&mut zoho, &code));
}

#[test]
fn urls_and_methods() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let no_url =
        crm_error("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one");
    for path in ["/", "/crm/v1/org", "/crm/v8", "/crm/v8/org/1", "/crm/v8/Leads/1/2", "/oauth/v2/token"] {
        let url = format!("https://www.zohoapis.com{path}");
        assert_response(&api(&mut zoho, &url, &access), 404, no_url.clone());
    }
    let no_module = json!({
        "code": "INVALID_MODULE",
        "details": { "resource_path_index": 0 },
        "message": "the module name given seems to be invalid",
        "status": "error",
    });
    for module in ["leads", "Deals", ""] {
        assert_response(
            &api(&mut zoho, &format!("{API}/{module}?fields=id"), &access),
            400,
            no_module.clone(),
        );
    }
    let wrong = crm_error("INVALID_REQUEST_METHOD", "The http request method type is not a valid one");
    for (method, path) in
        [("PATCH", "Leads"), ("POST", "org"), ("DELETE", "Leads"), ("POST", "Leads/1"), ("PUT", "Leads")]
    {
        let mut request =
            Request::get(&format!("{API}/{path}")).header("authorization", &format!("Bearer {access}"));
        request.method = method.to_owned();
        let response = zoho.handle(&request);
        assert_response(&response, 400, wrong.clone());
    }
}

#[test]
fn a_scope_that_is_missing_is_a_mismatch() {
    let mismatch = || crm_error("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL");
    for (scope, path, allowed) in [
        ("ZohoCRM.modules.ALL", "Leads?fields=id", true),
        ("ZohoCRM.modules.READ", "Contacts?fields=id", true),
        ("ZohoCRM.modules.leads.READ", "Leads?fields=id", true),
        ("ZohoCRM.modules.contacts.ALL,ZohoCRM.org.READ", "Leads?fields=id", false),
        ("ZohoCRM.modules.leads.CREATE", "Leads?fields=id", false),
        ("ZohoCRM.org.READ", "org", true),
        ("ZohoCRM.modules.ALL", "org", false),
        ("ZohoCRM.users.READ", "users?type=CurrentUser", true),
        ("ZohoCRM.org.ALL", "users?type=CurrentUser", false),
        ("openid,email", "Products?fields=id", false),
    ] {
        let mut zoho = zoho();
        let access = with_scope(&mut zoho, scope);
        let response = api(&mut zoho, &format!("{API}/{path}"), &access);
        if allowed {
            assert_eq!(response.status, 200, "{scope} {path}");
        } else {
            assert_response(&response, 401, mismatch());
        }
    }
}

#[test]
fn the_current_user_is_the_one_who_consented() {
    let mut zoho = zoho();
    let access = with_scope(&mut zoho, "ZohoCRM.users.READ");
    let body = json(&api(&mut zoho, &format!("{API}/users?type=CurrentUser"), &access));
    assert_eq!(
        body["users"],
        json!([{ "id": "415086800000031001", "name": "uma", "email": "uma@example.com", "status": "active" }])
    );
}

#[test]
fn pages_hold_every_record_once() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    for (module, total) in [("Leads", 240), ("Contacts", 130), ("Products", 48)] {
        let mut ids = BTreeSet::new();
        let mut page = 1;
        loop {
            let url = format!("{API}/{module}?fields=Modified_Time&page={page}&per_page=10");
            let body = json(&api(&mut zoho, &url, &access));
            let data = body["data"].as_array().unwrap();
            ids.extend(data.iter().map(|record| text(record, "id")));
            let more = ids.len() < total;
            let info = &body["info"];
            assert_eq!(
                *info,
                json!({
                    "page": page,
                    "per_page": 10,
                    "count": data.len(),
                    "more_records": more,
                    "next_page_token": if more { json!(text(info, "next_page_token")) } else { Value::Null },
                    "page_token_expiry": more.then_some("2026-01-06T01:00:00-08:00"),
                    "sort_by": "id",
                    "sort_order": "desc",
                })
            );
            if !more {
                break;
            }
            page += 1;
        }
        assert_eq!(ids.len(), total, "{module}");
        let beyond = api(&mut zoho, &format!("{API}/{module}?fields=id&page=99&per_page=20"), &access);
        assert_eq!((beyond.status, beyond.body.len()), (204, 0));
    }
    let body = json(&api(&mut zoho, &format!("{API}/Leads?fields=id"), &access));
    assert_eq!((body["data"].as_array().unwrap().len(), &body["info"]["more_records"]), (200, &json!(true)));
}

#[test]
fn parameters_are_checked() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let missing = json!({
        "code": "REQUIRED_PARAM_MISSING",
        "details": { "param_name": "fields" },
        "message": "One of the expected parameter is missing",
        "status": "error",
    });
    assert_response(&api(&mut zoho, &format!("{API}/Leads"), &access), 400, missing);
    let wrong = crm_error("INVALID_DATA", "page and per_page are positive numbers, per_page at most 200");
    for query in ["page=0", "page=-1", "page=x", "per_page=0", "per_page=201", "per_page=1.5"] {
        assert_response(
            &api(&mut zoho, &format!("{API}/Leads?fields=id&{query}"), &access),
            400,
            wrong.clone(),
        );
    }
}

#[test]
fn records_are_plausible_and_of_their_data_centre() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let all = "First_Name,Last_Name,Full_Name,Email,Company,City,Country,Created_Time,Modified_Time,Owner";
    let body = json(&api(&mut zoho, &format!("{API}/Leads?fields={all}&per_page=200"), &access));
    for lead in body["data"].as_array().unwrap() {
        let (first, last) = (text(lead, "First_Name"), text(lead, "Last_Name"));
        assert_eq!(text(lead, "Full_Name"), format!("{first} {last}"));
        let domain = text(lead, "Company").to_lowercase().replace(' ', "-");
        let email = format!("{}.{}@{domain}.example", first.to_lowercase(), last.to_lowercase());
        assert_eq!(text(lead, "Email"), email);
        assert_eq!(text(lead, "Country"), "United States");
        assert!(["Oakland", "Austin", "Boston", "Portland"].contains(&text(lead, "City").as_str()));
        let (created, modified) = (text(lead, "Created_Time"), text(lead, "Modified_Time"));
        assert!(created <= modified && *modified < *"2026-01-05T01:00:00-08:00", "{created} {modified}");
        assert!(*created > *"2025-04" && created.ends_with("-08:00"));
        assert_eq!(lead.as_object().unwrap().len(), 11, "the fields that were named, and the id");
    }
    let code = web_code(&mut zoho, "ira@example.in", &[]);
    let indian = text(&json(&exchange(&mut zoho, IN, &code, &[])), "access_token");
    let body =
        json(&api(&mut zoho, "https://www.zohoapis.in/crm/v8/Leads?fields=Country,Created_Time", &indian));
    assert_eq!(body["data"][0]["Country"], "India");
    assert!(text(&body["data"][0], "Created_Time").ends_with("+05:30"));
}

#[test]
fn one_record_has_all_fields_or_those_that_are_named() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    for (module, members) in [("Leads", 15), ("Contacts", 13), ("Products", 9)] {
        let body = json(&api(&mut zoho, &format!("{API}/{module}?fields=Owner&per_page=1"), &access));
        let id = text(&body["data"][0], "id");
        let one = json(&api(&mut zoho, &format!("{API}/{module}/{id}"), &access));
        assert_eq!(one["data"][0].as_object().unwrap().len(), members, "{module}");
        let part = json(&api(&mut zoho, &format!("{API}/{module}/{id}?fields=Owner"), &access));
        assert_eq!(part["data"], body["data"]);
        assert_eq!(part["data"][0]["Owner"]["email"], "owner@example.com");
    }
    let unknown = crm_error("INVALID_DATA", "the id given seems to be invalid");
    assert_response(&api(&mut zoho, &format!("{API}/Leads/1"), &access), 400, unknown);
}

#[test]
fn unmodified_records_are_304() {
    let mut zoho = zoho();
    let access = sign_in(&mut zoho, &[]).access;
    let mut since = |path: &str, time: &str| {
        let request =
            Request::get(&format!("{API}/{path}")).header("authorization", &format!("Bearer {access}"));
        zoho.handle(&request.header("If-Modified-Since", time))
    };
    let times = |body: &Value| -> Vec<String> {
        body["data"].as_array().unwrap().iter().map(|record| text(record, "Modified_Time")).collect()
    };
    let all = times(&json(&since("Contacts?fields=Modified_Time", "2020-01-01T00:00:00+05:30")));
    assert_eq!(all.len(), 130);
    let latest = all.iter().max().unwrap();
    let middle = "2025-12-01T00:00:00-08:00";
    let newer = times(&json(&since("Contacts?fields=Modified_Time", middle)));
    let expected: Vec<_> = all.iter().filter(|time| time.as_str() > middle).cloned().collect();
    assert!(!newer.is_empty() && newer.len() < 130);
    assert_eq!(newer, expected);
    let unchanged = since("Contacts?fields=Modified_Time", latest);
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let body = json(&since("Contacts?fields=Modified_Time&per_page=1", "2020-01-01T00:00:00Z"));
    let (id, time) = (text(&body["data"][0], "id"), text(&body["data"][0], "Modified_Time"));
    assert_eq!(since(&format!("Contacts/{id}"), &time).status, 304);
    assert_eq!(since(&format!("Contacts/{id}"), "2020-01-01T00:00:00Z").status, 200);
    assert_eq!(since(&format!("Contacts/{id}"), "yesterday").status, 200, "an invalid time is no condition");
}
