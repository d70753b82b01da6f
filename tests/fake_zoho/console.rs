use grantkit::provider;
use grantkit::testing::{
    ClientOptions, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_REDIRECT_URIS, FakeZoho, Options,
    SecretOption, UserOptions,
};
use serde_json::json;

use crate::support::*;

fn self_exchange(zoho: &mut FakeZoho, accounts: &str, code: &str) -> grantkit::testing::Response {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("client_id", SELF),
        ("client_secret", SELF_SECRET),
        ("code", code),
    ];
    token(zoho, accounts, &parameters)
}

#[test]
fn a_code_is_exchanged_without_redirect_uri() {
    let mut zoho = zoho();
    let code = zoho.self_client_code(SELF, SCOPE, None, None).unwrap();
    assert_token(&code, "1004");
    let response = self_exchange(&mut zoho, EU, &code);
    let body = json(&response);
    let (access, refresh) = (text(&body, "access_token"), text(&body, "refresh_token"));
    assert_token(&access, "1004");
    assert_token(&refresh, "1004");
    assert_response(
        &response,
        200,
        json!({
            "access_token": access,
            "refresh_token": refresh,
            "scope": "ZohoCRM.modules.ALL ZohoCRM.org.READ",
            "api_domain": "https://www.zohoapis.eu",
            "token_type": "Bearer",
            "expires_in": 3600,
        }),
    );
    assert_response(&self_exchange(&mut zoho, EU, &code), 200, json!({ "error": "invalid_code" }));
}

#[test]
fn a_self_client_is_known_only_at_its_own_data_centre() {
    let mut zoho = zoho();
    let code = zoho.self_client_code(SELF, SCOPE, Some("eu"), None).unwrap();
    assert_response(&self_exchange(&mut zoho, US, &code), 200, json!({ "error": "invalid_client" }));
    assert_eq!(self_exchange(&mut zoho, EU, &code).error, None);
}

#[test]
fn codes_expire() {
    for (seconds, life) in [(None, 180), (Some(600), 600), (Some(60), 60)] {
        for late in [false, true] {
            let mut zoho = zoho();
            let code = zoho.self_client_code(SELF, SCOPE, None, seconds).unwrap();
            zoho.advance(if late { life } else { life - 1 });
            let expected = late.then(|| "invalid_code".to_owned());
            assert_eq!(self_exchange(&mut zoho, EU, &code).error, expected, "{seconds:?} {late}");
        }
    }
}

#[test]
fn the_console_refuses_with_a_reason() {
    let mut zoho = zoho();
    let mut refused = |client, scope, location| {
        zoho.self_client_code(client, scope, location, None).unwrap_err().to_string()
    };
    assert_eq!(
        refused("1000.NONE", SCOPE, None),
        "no client \"1000.NONE\" is registered: list it in the clients of the fake"
    );
    assert_eq!(
        refused(SELF, SCOPE, Some("us")),
        "the client \"1004.SELF\" of \"eu\" is not known at \"us\": \
         register it there, or give it redirect_uris and a secret for it"
    );
    assert_eq!(
        refused(SELF, SCOPE, Some("mars")),
        "no data centre is called \"mars\": use one of us, eu, in, au, jp, cn, ca, sa, uk, ae"
    );
    assert_eq!(
        refused(SELF, "a b", None),
        "\"a b\" is not a comma-separated list of scopes: give scopes such as ZohoCRM.modules.ALL"
    );
}

#[test]
fn ten_codes_in_ten_minutes() {
    let mut zoho = zoho();
    for _ in 0..10 {
        zoho.self_client_code(SELF, SCOPE, None, None).unwrap();
    }
    let refused = zoho.self_client_code(SELF, SCOPE, None, None).unwrap_err().to_string();
    assert_eq!(refused, "ten codes in ten minutes for one client: advance the clock");
    zoho.self_client_code(WEB, SCOPE, Some("in"), None).unwrap();
    zoho.advance(600);
    zoho.self_client_code(SELF, SCOPE, None, None).unwrap();
}

#[test]
fn every_data_centre_works_with_the_defaults() {
    for region in provider::zoho().unwrap().regions {
        let mut zoho = FakeZoho::new(Options::default()).unwrap();
        let code = zoho.self_client_code(DEFAULT_CLIENT_ID, SCOPE, Some(&region.location), None).unwrap();
        let parameters = [
            ("grant_type", "authorization_code"),
            ("client_id", DEFAULT_CLIENT_ID),
            ("client_secret", DEFAULT_CLIENT_SECRET),
            ("code", &code),
        ];
        let body = json(&token(&mut zoho, &region.accounts_server, &parameters));
        let api_domain = &region.api_domains[0];
        assert_eq!(body["api_domain"], api_domain.as_str());
        let org = api(&mut zoho, &format!("{api_domain}/crm/v8/org"), &text(&body, "access_token"));
        assert_eq!(org.status, 200, "{}", region.location);
    }
}

#[test]
fn the_defaults_serve_the_web_flow() {
    for (email, location) in grantkit::testing::DEFAULT_USERS {
        for redirect_uri in DEFAULT_REDIRECT_URIS {
            let mut zoho = FakeZoho::new(Options::default()).unwrap();
            let url = authorization_url(&[("client_id", DEFAULT_CLIENT_ID), ("redirect_uri", redirect_uri)]);
            let callback = zoho.consent(&url, Some(email), false).unwrap();
            assert_eq!(parameter(&callback, "location").as_deref(), Some(location));
        }
    }
}

#[test]
fn invalid_options_are_refused() {
    let client = |id: &str, location: Option<&str>| ClientOptions {
        client_id: id.to_owned(),
        client_secret: SecretOption::One("s".to_owned()),
        redirect_uris: Vec::new(),
        location: location.map(str::to_owned),
    };
    let user =
        |location: &str| UserOptions { email: "a@example.com".to_owned(), location: location.to_owned() };
    let refusal = |clients, users| {
        let options = Options { clients, users, ..Options::default() };
        FakeZoho::new(options).map(|_| ()).unwrap_err().to_string()
    };
    let next = "use one of us, eu, in, au, jp, cn, ca, sa, uk, ae";
    assert_eq!(
        refusal(vec![client("a", Some("EU"))], vec![]),
        format!("no data centre is called \"EU\": {next}")
    );
    assert_eq!(refusal(vec![], vec![user("")]), format!("no data centre is called \"\": {next}"));
    assert_eq!(
        refusal(vec![client("a", None), client("a", None)], vec![]),
        "the client \"a\" is a duplicate: list each client once"
    );
    assert_eq!(
        refusal(vec![], vec![user("us"), user("eu")]),
        "the user \"a@example.com\" is a duplicate: list each user once"
    );
    let secrets = json!({ "clients": [{ "client_id": "a", "client_secret": { "us": "s", "mars": "s" } }] });
    let strange =
        FakeZoho::new(serde_json::from_value(secrets).unwrap()).map(|_| ()).unwrap_err().to_string();
    assert_eq!(strange, format!("no data centre is called \"mars\": {next}"));
    let misspelt =
        serde_json::from_value::<Options>(json!({ "sead": 1 })).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        misspelt,
        "unknown field `sead`, expected one of `clients`, `users`, `seed`, `now`, `callback`"
    );
}

#[test]
fn a_seed_repeats_tokens_and_records() {
    let run = |seed: u64| {
        let mut zoho = FakeZoho::new(options(json!({ "seed": seed }))).unwrap();
        let tokens = sign_in(&mut zoho, &[]);
        let leads = api(&mut zoho, "https://www.zohoapis.com/crm/v8/Leads?fields=Email", &tokens.access).body;
        (tokens.access, tokens.refresh, leads)
    };
    assert_eq!(run(1), run(1));
    let (one, two) = (run(1), run(2));
    assert!(one.0 != two.0 && one.1 != two.1 && one.2 != two.2);
}
