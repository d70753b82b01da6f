//! `Debug` and `Display` of every public type that may hold a secret.

use grantkit::oauth::authorization_request::{Options, RANDOM_BYTES};
use grantkit::oauth::region::PerRegion;
use grantkit::oauth::revocation::TokenType;
use grantkit::{
    AuthorizationRequest, AuthorizationResponse, ClientConfig, GrantType, ResourceRequest, Response,
    RevocationRequest, Secret, TokenRequest,
};

use crate::clients::{
    NOW, PLAIN, REFRESH_TOKEN, SECRET, STATE, VERIFIER, pending, plain, refresh, shows_none, tokens, zoho,
};

const CODE: &str = "authorization-code-5e11";
const TOKEN: &str = "1000.access-token-77aa";

fn hides(value: &dyn std::fmt::Debug) {
    let shown = format!("{value:?} {value:#?}");
    shows_none(&shown, &[SECRET, STATE, VERIFIER, REFRESH_TOKEN, CODE, TOKEN]);
}

#[test]
fn configurations_and_clients() {
    let client_secret =
        PerRegion { default: Some(SECRET.into()), by_location: vec![("eu".to_owned(), SECRET.into())] };
    hides(&client_secret);
    hides(&ClientConfig { client_secret, ..ClientConfig::default() });
    hides(plain());
    hides(zoho());
}

#[test]
fn authorization_requests_and_responses() {
    let client = plain();
    hides(&pending(PLAIN));
    let request = AuthorizationRequest::new(client, &Options::default(), &[7; RANDOM_BYTES], NOW).unwrap();
    let AuthorizationRequest { url, pending: created, .. } = &request;
    let secrets = [url.expose(), created.state.expose(), created.code_verifier.expose()];
    shows_none(&format!("{request:?} {request:#?} {created:?}"), &secrets);
    let url = ["?code=", CODE, "&state=", STATE].concat();
    hides(&AuthorizationResponse::validate(client, &url, &pending(PLAIN), NOW).unwrap());
    let request = TokenRequest::authorization_code(client, &url, &pending(PLAIN), NOW).unwrap();
    let body = request.http().body.expose();
    assert!(body.contains(CODE) && body.contains(VERIFIER), "{body}");
    hides(&request);
}

#[test]
fn token_requests_and_responses() {
    let client = zoho();
    let request = refresh(client);
    assert!(request.http().body.expose().contains(SECRET));
    hides(&request);
    hides(request.http());
    let mut basic = request.http().clone();
    basic.authorization = Some(SECRET.into());
    hides(&basic);
    let assertion = GrantType::new("urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion");
    hides(&TokenRequest::new(client, assertion, Some(&TOKEN.into()), &[("client_assertion", CODE)]).unwrap());

    let body =
        format!(r#"{{"access_token":"{TOKEN}","id_token":"{CODE}","token_type":"Bearer","extra":"{CODE}"}}"#);
    let response = Response { status: 200, retry_after: None, body: body.as_bytes() };
    hides(&response);
    let tokens = request.parse(client, &response, NOW).unwrap();
    let held = [tokens.access_token.expose(), tokens.refresh_token.as_ref().unwrap().expose()];
    assert_eq!(held, [TOKEN, REFRESH_TOKEN]);
    hides(&tokens);
    hides(&tokens.to_json());

    let error = TokenRequest::code(client, CODE, None).unwrap().parse(client, &response, NOW).unwrap_err();
    assert_eq!(error.tokens.as_ref().unwrap().access_token.expose(), TOKEN);
    hides(&error);
    shows_none(&error.to_string(), &[TOKEN, CODE, SECRET]);
}

#[test]
fn calls_and_revocations() {
    let client = zoho();
    let mut tokens = tokens(client);
    tokens.access_token = TOKEN.into();
    let call = ResourceRequest::new(client, &tokens, "/crm/v8/Leads").unwrap();
    assert_eq!(call.authorization.expose(), ["Zoho-oauthtoken ", TOKEN].concat());
    hides(&call);
    let refresh_token = tokens.refresh_token.as_ref().unwrap();
    hides(&RevocationRequest::new(client, refresh_token, TokenType::RefreshToken, "", 0).unwrap().unwrap());
}

#[test]
fn secrets() {
    hides(&Secret::from(SECRET.to_owned()));
    hides(&Some(Secret::from(SECRET)));
}
