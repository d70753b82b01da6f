use base64ct::{Base64, Encoding};
use grantkit::testing::{FakeZoho, Misuse, Request};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::*;

fn title(zoho: &mut FakeZoho, url: &str) -> (u16, String) {
    let response = zoho.handle(&Request::get(url));
    assert_eq!(response.find("content-type"), Some("text/html;charset=UTF-8"));
    let page = String::from_utf8(response.body).unwrap();
    let (_, rest) = page.split_once("<title>").unwrap();
    (response.status, rest.split_once("</title>").unwrap().0.to_owned())
}

#[test]
fn an_invalid_request_is_a_page_and_no_redirect() {
    for (changes, expected) in [
        (&[("client_id", "1000.NONE")][..], "Invalid Client"),
        (&[("client_id", "")], "Invalid Client"),
        (&[("response_type", "token")], "Invalid response type"),
        (&[("response_type", "")], "Invalid response type"),
        (&[("scope", "")], "Invalid OAuth scope"),
        (&[("scope", "ZohoCRM.modules.ALL ZohoCRM.org.READ")], "Invalid OAuth scope"),
        (&[("scope", "ZohoCRM.modules")], "Invalid OAuth scope"),
        (&[("redirect_uri", "https://app.example/cb/")], "Invalid Redirect Uri"),
        (&[("redirect_uri", "")], "Invalid Redirect Uri"),
        (&[("client_id", SELF)], "Invalid Redirect Uri"),
        (&[("code_challenge_method", "S256")], "Invalid Request"),
        (&[("code_challenge", "c"), ("code_challenge_method", "S512")], "Invalid Request"),
    ] {
        let url = authorization_url(changes);
        assert_eq!(title(&mut zoho(), &url), (400, expected.to_owned()), "{changes:?}");
        let refused = zoho().consent(&url, None, false).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!(
                "Zoho answers this authorization request with the page {expected:?}: correct the request"
            )
        );
    }
    let nowhere = title(&mut zoho(), &format!("{US}/oauth/v3/auth"));
    assert_eq!(nowhere, (404, "Page Not Found".to_owned()));
}

#[test]
fn a_client_that_no_user_can_use_is_invalid() {
    let users = json!({ "users": [{ "email": "joe@example.jp", "location": "jp" }] });
    let mut zoho = FakeZoho::new(options(users)).unwrap();
    assert_eq!(title(&mut zoho, &authorization_url(&[])), (400, "Invalid Client".to_owned()));
}

#[test]
fn the_consent_page_escapes_what_it_shows() {
    let state = "\"><script>alert('x')</script>&amp;";
    let users = json!({ "users": [
        { "email": "<b>@example.com", "location": "us" },
        { "email": "eva@example.eu", "location": "eu" },
        { "email": "joe@example.jp", "location": "jp" },
    ] });
    let mut zoho = FakeZoho::new(options(users)).unwrap();
    let response = zoho.handle(&Request::get(&authorization_url(&[("state", state), ("prompt", "consent")])));
    assert_eq!(response.status, 200);
    let policy = response.find("content-security-policy").unwrap().to_owned();
    let page = String::from_utf8(response.body).unwrap();
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let hash = Base64::encode_string(&Sha256::digest(style.as_bytes()));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
        )
    );
    assert!(!page.contains("style=\""), "the policy allows only the style sheet");
    for expected in [
        "<link rel=\"icon\" href=\"data:,\">",
        "<dd><code>1000.WEB</code></dd>",
        "<dd><code>https://app.example/cb</code></dd>",
        "<dd>Until you withdraw it, also while you are away</dd>",
        "<li>Read, add, change and delete all records in Zoho CRM <code>ZohoCRM.modules.ALL</code></li>",
        "<li>Read the organisation in Zoho CRM <code>ZohoCRM.org.READ</code></li>",
        "<span>eva@example.eu<small>eu, accounts.zoho.eu</small></span>",
        "This is not Zoho. It is a fake",
        "<form method=\"post\" action=\"/oauth/v2/auth\">",
        "name=\"response_type\" value=\"code\"",
        "name=\"redirect_uri\" value=\"https://app.example/cb\"",
        "name=\"prompt\" value=\"consent\"",
        "name=\"state\" value=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;\"",
        "name=\"user\" value=\"&lt;b&gt;@example.com\" checked>",
        "name=\"user\" value=\"eva@example.eu\">",
        "name=\"decision\" value=\"approve\">Approve</button>",
        "name=\"decision\" value=\"refuse\">Refuse</button>",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    assert!(!page.contains("<script") && !page.contains("<b>"));
    assert!(!page.contains("joe@example.jp"), "the client has no secret in Japan");
    assert!(!page.contains("code_challenge"));
    let online = zoho.handle(&Request::get(&authorization_url(&[("access_type", "online")])));
    assert!(String::from_utf8(online.body).unwrap().contains("<dd>An hour</dd>"));
}

fn form<'a>(user: &'a str, decision: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", WEB),
        ("redirect_uri", REDIRECT_URI),
        ("scope", SCOPE),
        ("state", "s t&te"),
        ("access_type", "offline"),
        ("user", user),
        ("decision", decision),
    ]
}

#[test]
fn the_form_leads_to_the_callback() {
    let mut zoho = zoho();
    let response =
        zoho.handle(&Request::post(&format!("{IN}/oauth/v2/auth"), &form("eva@example.eu", "approve")));
    assert_eq!((response.status, response.body.as_slice()), (302, &b""[..]));
    let callback = response.find("location").unwrap().to_owned();
    let code = parameter(&callback, "code").unwrap();
    assert_token(&code, "1000");
    assert_eq!(
        callback,
        format!(
            "{REDIRECT_URI}?state=s%20t%26te&code={code}&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu"
        )
    );
    let tokens = exchange(&mut zoho, EU, &code, &[]);
    assert_eq!(json(&tokens)["api_domain"], "https://www.zohoapis.eu");
}

#[test]
fn the_form_is_checked_again() {
    let mut zoho = zoho();
    let mut post = |parameters: &[(&str, &str)]| {
        let response = zoho.handle(&Request::post(&format!("{US}/oauth/v2/auth"), parameters));
        (response.status, response.error, response.headers.iter().any(|(name, _)| name == "location"))
    };
    let mut elsewhere = form("uma@example.com", "approve");
    elsewhere[2].1 = "https://evil.example/";
    assert_eq!(post(&elsewhere), (400, Some("Invalid Redirect Uri".into()), false));
    for (user, decision) in
        [("unknown@example.com", "approve"), ("joe@example.jp", "approve"), ("uma@example.com", "?")]
    {
        assert_eq!(
            post(&form(user, decision)),
            (400, Some("Invalid Request".into()), false),
            "{user} {decision}"
        );
    }
}

#[test]
fn a_refused_consent_redirects_with_access_denied() {
    let mut zoho = zoho();
    let callback = format!("{REDIRECT_URI}?state=s%20t%26te&error=access_denied");
    let response = zoho.handle(&Request::post(&format!("{US}/oauth/v2/auth"), &form("", "refuse")));
    assert_eq!((response.status, response.find("location")), (302, Some(callback.as_str())));
    assert_eq!(zoho.consent(&authorization_url(&[]), None, true).unwrap(), callback);
    let stateless = zoho.consent(&authorization_url(&[("state", "")]), None, true).unwrap();
    assert_eq!(stateless, format!("{REDIRECT_URI}?error=access_denied"));
    let with_query = authorization_url(&[("redirect_uri", "https://app.example/cb?app=1"), ("state", "")]);
    assert_eq!(
        zoho.consent(&with_query, None, true).unwrap(),
        "https://app.example/cb?app=1&error=access_denied"
    );
}

#[test]
fn the_callback_has_variants() {
    for (variant, expected) in [
        (json!({}), "&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu"),
        (json!({ "plain": true }), "&location=eu&accounts-server=https://accounts.zoho.eu"),
        (
            json!({ "trailing_ampersand": true }),
            "&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu&",
        ),
        (json!({ "no_location": true }), "&accounts-server=https%3A%2F%2Faccounts.zoho.eu"),
        (json!({ "no_accounts_server": true }), "&location=eu"),
    ] {
        let mut zoho = FakeZoho::new(options(json!({ "callback": variant }))).unwrap();
        let callback = zoho.consent(&authorization_url(&[]), Some("eva@example.eu"), false).unwrap();
        let code = parameter(&callback, "code").unwrap();
        assert_eq!(callback, format!("{REDIRECT_URI}?state=s%20t%26te&code={code}{expected}"), "{variant}");
    }
}

#[test]
fn consent_chooses_the_user() {
    let mut zoho = zoho();
    let location = |callback: Result<String, Misuse>| parameter(&callback.unwrap(), "location").unwrap();
    assert_eq!(location(zoho.consent(&authorization_url(&[]), None, false)), "us");
    assert_eq!(location(zoho.consent(&authorization_url(&[]), Some("ira@example.in"), false)), "in");
    assert_eq!(
        zoho.consent(&authorization_url(&[]), Some("joe@example.jp"), false).unwrap_err().to_string(),
        "the page has no such user: use one of uma@example.com, eva@example.eu, ira@example.in"
    );
    for url in
        ["https://app.example/oauth/v2/auth?client_id=s", "https://accounts.zoho.com/oauth/v2/token?a=s"]
    {
        let (address, _) = url.split_once('?').unwrap();
        let expected = format!(
            "{address} is not an authorization endpoint of Zoho: pass the URL of an authorization request"
        );
        assert_eq!(zoho.consent(url, None, false).unwrap_err().to_string(), expected);
    }
}

#[test]
fn eleven_codes_in_ten_minutes_are_one_too_many() {
    let mut zoho = zoho();
    for _ in 0..10 {
        web_code(&mut zoho, "uma@example.com", &[]);
    }
    let denied = format!("{REDIRECT_URI}?state=s%20t%26te&error=access_denied");
    assert_eq!(zoho.consent(&authorization_url(&[]), Some("eva@example.eu"), false).unwrap(), denied);
    let response =
        zoho.handle(&Request::post(&format!("{US}/oauth/v2/auth"), &form("uma@example.com", "approve")));
    assert_eq!((response.status, response.find("location")), (302, Some(denied.as_str())));
    zoho.advance(600);
    web_code(&mut zoho, "uma@example.com", &[]);
}
