use serde_json::json;

use crate::support::*;

#[test]
fn the_eleventh_refresh_in_ten_minutes_is_throttled() {
    let mut zoho = zoho();
    let refresh_token = sign_in(&mut zoho, &[]).refresh;
    let other = sign_in(&mut zoho, &[("prompt", "consent")]).refresh;
    for _ in 0..10 {
        assert_eq!(refresh(&mut zoho, US, &refresh_token).error, None);
        zoho.advance(10);
    }
    for wait in [0, 499] {
        zoho.advance(wait);
        let response = refresh(&mut zoho, US, &refresh_token);
        assert_response(&response, 400, throttled());
        assert_eq!((response.error.as_deref(), response.find("retry-after")), (Some("Access Denied"), None));
    }
    assert_eq!(refresh(&mut zoho, US, &other).error, None, "each refresh token has its own window");
    zoho.advance(1);
    assert_eq!(refresh(&mut zoho, US, &refresh_token).error, None);
}

#[test]
fn a_refused_client_uses_no_budget() {
    let mut zoho = zoho();
    let refresh_token = sign_in(&mut zoho, &[]).refresh;
    let wrong = [
        ("grant_type", "refresh_token"),
        ("client_id", WEB),
        ("client_secret", "wrong"),
        ("refresh_token", &refresh_token),
    ];
    for _ in 0..20 {
        assert_response(&token(&mut zoho, US, &wrong), 200, json!({ "error": "invalid_client_secret" }));
    }
    assert_eq!(refresh(&mut zoho, US, &refresh_token).error, None);
}

#[test]
fn the_sixteenth_access_token_evicts_the_first() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    let other = sign_in(&mut zoho, &[("prompt", "consent")]);
    let mut access = vec![tokens.access];
    for n in 0..14 {
        if n == 10 {
            zoho.advance(600);
        }
        access.push(text(&json(&refresh(&mut zoho, US, &tokens.refresh)), "access_token"));
    }
    assert!(access.iter().all(|token| opens(&mut zoho, token)), "fifteen live");
    let sixteenth = text(&json(&refresh(&mut zoho, US, &tokens.refresh)), "access_token");
    assert!(!opens(&mut zoho, &access[0]));
    assert!(access[1..].iter().chain([&sixteenth, &other.access]).all(|token| opens(&mut zoho, token)));
}

#[test]
fn expired_access_tokens_are_not_counted() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    for _ in 0..10 {
        refresh(&mut zoho, US, &tokens.refresh);
    }
    zoho.advance(3600);
    let first = text(&json(&refresh(&mut zoho, US, &tokens.refresh)), "access_token");
    for _ in 0..9 {
        assert_eq!(refresh(&mut zoho, US, &tokens.refresh).error, None);
    }
    assert!(opens(&mut zoho, &first));
}

#[test]
fn an_access_token_expires_after_an_hour() {
    let mut zoho = zoho();
    let tokens = sign_in(&mut zoho, &[]);
    zoho.advance(3599);
    assert!(opens(&mut zoho, &tokens.access));
    zoho.advance(1);
    assert!(!opens(&mut zoho, &tokens.access));
    zoho.advance(10 * 365 * 86_400);
    assert_eq!(refresh(&mut zoho, US, &tokens.refresh).error, None, "a refresh token does not expire");
}

#[test]
fn the_twenty_first_refresh_token_evicts_the_first_with_its_access_tokens() {
    let mut zoho = zoho();
    let mut all = Vec::new();
    for n in 0..20 {
        if n == 10 {
            zoho.advance(600);
        }
        all.push(sign_in(&mut zoho, &[("prompt", "consent")]));
    }
    zoho.advance(600);
    let eva = web_code(&mut zoho, "eva@example.eu", &[]);
    let eva = text(&json(&exchange(&mut zoho, EU, &eva, &[])), "refresh_token");
    let renewed = text(&json(&refresh(&mut zoho, US, &all[0].refresh)), "access_token");
    assert!(opens(&mut zoho, &renewed) && opens(&mut zoho, &all[0].access), "twenty live");

    all.push(sign_in(&mut zoho, &[("prompt", "consent")]));
    assert!(!opens(&mut zoho, &renewed) && !opens(&mut zoho, &all[0].access));
    assert_response(&refresh(&mut zoho, US, &all[0].refresh), 200, json!({ "error": "invalid_code" }));
    for tokens in &all[1..] {
        assert_eq!(refresh(&mut zoho, US, &tokens.refresh).error, None);
    }
    assert_eq!(refresh(&mut zoho, EU, &eva).error, None, "another user's");
}

#[test]
fn the_eleventh_refresh_token_in_ten_minutes_is_throttled() {
    let mut zoho = zoho();
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.extend((0..10).map(|_| zoho.self_client_code(SELF, SCOPE, None, Some(3600)).unwrap()));
        zoho.advance(600);
    }
    let mut exchange = |wait: u64, code: &str| {
        zoho.advance(wait);
        let parameters = [
            ("grant_type", "authorization_code"),
            ("client_id", SELF),
            ("client_secret", SELF_SECRET),
            ("code", code),
        ];
        token(&mut zoho, EU, &parameters)
    };
    for code in &codes[..10] {
        assert_eq!(exchange(1, code).error, None);
    }
    assert_response(&exchange(0, &codes[10]), 400, throttled());
    assert_eq!(exchange(600, &codes[10]).error, None, "the code was not used up");
}
