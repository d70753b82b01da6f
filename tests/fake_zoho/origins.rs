use grantkit::testing::{Fault, Request};
use serde_json::json;

use crate::support::*;

const LOCAL_EU: &str = "http://127.0.0.1:4001";
const LOCAL_API: &str = "http://127.0.0.1:4002";

#[test]
fn responses_name_the_bound_origins() {
    let mut zoho = zoho();
    zoho.bind_origin(EU, LOCAL_EU).unwrap();
    zoho.bind_origin("https://www.zohoapis.eu", &format!("{LOCAL_API}/")).unwrap();
    let url = authorization_url(&[]).replace(US, LOCAL_EU);
    let callback = zoho.consent(&url, Some("eva@example.eu"), false).unwrap();
    assert_eq!(parameter(&callback, "location").as_deref(), Some("eu"));
    assert_eq!(parameter(&callback, "accounts-server").as_deref(), Some(LOCAL_EU));
    let code = parameter(&callback, "code").unwrap();
    let body = json(&exchange(&mut zoho, LOCAL_EU, &code, &[("client_secret", "secret-eu")]));
    assert_eq!(body["api_domain"], LOCAL_API);
    let access = text(&body, "access_token");
    for origin in [LOCAL_API, "https://www.zohoapis.eu"] {
        assert_eq!(api(&mut zoho, &format!("{origin}/crm/v8/org"), &access).status, 200, "{origin}");
    }
    let hosts: Vec<_> = zoho.log().iter().map(|entry| entry.host.as_str()).collect();
    assert_eq!(hosts, ["accounts.zoho.eu", "www.zohoapis.eu", "www.zohoapis.eu"]);

    zoho.unbind_origins();
    assert_eq!(zoho.handle(&Request::get(LOCAL_API)).fault, Some(Fault::UnknownHost));
    let refreshed = refresh(&mut zoho, EU, &text(&body, "refresh_token"));
    assert_eq!(json(&refreshed)["api_domain"], "https://www.zohoapis.eu");
}

#[test]
fn serverinfo_lists_the_data_centres() {
    let mut zoho = zoho();
    zoho.bind_origin(EU, LOCAL_EU).unwrap();
    assert_response(
        &zoho.handle(&Request::get(&format!("{IN}/oauth/serverinfo"))),
        200,
        json!({
            "result": "success",
            "locations": {
                "us": "https://accounts.zoho.com",
                "eu": LOCAL_EU,
                "in": "https://accounts.zoho.in",
                "au": "https://accounts.zoho.com.au",
                "jp": "https://accounts.zoho.jp",
                "cn": "https://accounts.zoho.com.cn",
                "ca": "https://accounts.zohocloud.ca",
                "sa": "https://accounts.zoho.sa",
                "uk": "https://accounts.zoho.uk",
                "ae": "https://accounts.zoho.ae",
            },
        }),
    );
}

#[test]
fn only_zohos_origins_are_bound_or_served() {
    let mut zoho = zoho();
    let refusal = zoho.bind_origin("https://evil.example", LOCAL_EU).unwrap_err().to_string();
    assert_eq!(
        refusal,
        "https://evil.example is not an origin of a Zoho data centre: bind an accounts server or an API origin"
    );
    for url in [
        "https://evil.example/",
        "http://accounts.zoho.com/",
        "https://accounts.zoho.com.evil.example/",
        "nonsense",
        "",
    ] {
        let response = zoho.handle(&Request::get(url));
        assert_eq!((response.status, response.fault), (0, Some(Fault::UnknownHost)), "{url}");
    }
}
