//! `Debug` and `Display` of every public type that may hold a secret.

use grantkit::oauth::authorization_request::{self, Options, RANDOM_BYTES};
use grantkit::oauth::authorization_response;
use grantkit::oauth::client::{Client, ClientConfig};
use grantkit::oauth::frame::{Reader, Writer};
use grantkit::oauth::http::{Answer, Request};
use grantkit::oauth::token_request::{self, Earlier};
use grantkit::oauth::token_response;
use grantkit::text::secret::{Secret, SecretStr};

use crate::clients::{NOW, PLAIN, REFRESH_TOKEN, SECRET, STATE, VERIFIER, pending, plain, shows_none, zoho};

const CODE: &str = "authorization-code-5e11";
const TOKEN: &str = "1000.access-token-77aa";

fn hides(value: &dyn std::fmt::Debug) {
    let shown = format!("{value:?} {value:#?}");
    shows_none(&shown, &[SECRET, STATE, VERIFIER, REFRESH_TOKEN, CODE, TOKEN]);
}

#[test]
fn configurations_and_clients() {
    let config = ClientConfig {
        client_secret: vec![("", SECRET.into()), ("eu", SECRET.into())],
        ..ClientConfig::default()
    };
    hides(&config);
    let packed = plain();
    hides(&packed);
    hides(&Client::unpack(packed.expose()).unwrap());
    hides(&Client::unpack(zoho().expose()).unwrap());
}

#[test]
fn attempts_and_callbacks() {
    let packed = plain();
    let client = Client::unpack(packed.expose()).unwrap();
    hides(&pending(PLAIN));
    let started =
        authorization_request::request(&client, &Options::default(), &[7; RANDOM_BYTES], NOW).unwrap();
    let (_, kept) = started.parts();
    let shown = format!("{started:?} {kept:?}");
    shows_none(&shown, &[kept.state.expose(), kept.code_verifier.expose()]);
    let url = ["?code=", CODE, "&state=", STATE].concat();
    hides(&authorization_response::validate(&client, &url, &pending(PLAIN), NOW).unwrap());
    hides(&token_request::authorization_code(&client, &url, &pending(PLAIN), NOW).unwrap());
}

#[test]
fn exchanges_and_their_answers() {
    let packed = zoho();
    let client = Client::unpack(packed.expose()).unwrap();
    let earlier =
        Earlier { refresh_token: REFRESH_TOKEN.into(), accounts_server: "", api_domain: "", scope: "" };
    hides(&earlier);
    let exchange = token_request::refresh(&client, &earlier, None).unwrap();
    hides(&exchange);
    let (request, expectation) = exchange.parts();
    hides(&request);
    hides(&expectation);
    hides(&Request { url: "", authorization: Some(SECRET.into()), body: CODE.into() });

    let body =
        format!(r#"{{"access_token":"{TOKEN}","id_token":"{CODE}","token_type":"Bearer","extra":"{CODE}"}}"#);
    let answer = Answer { status: 200, retry_after: None, body: body.as_bytes() };
    hides(&answer);
    let tokens = token_response::judge(&client, &expectation, answer, NOW).unwrap();
    let held = [tokens.access_token.expose(), tokens.refresh_token.as_ref().unwrap().expose()];
    assert_eq!(held, [TOKEN, REFRESH_TOKEN]);
    hides(&tokens);

    let exchange = token_request::code(&client, CODE, None).unwrap();
    let (_, expectation) = exchange.parts();
    let error = token_response::judge(&client, &expectation, answer, NOW).unwrap_err();
    assert!(error.tokens.as_ref().unwrap().expose().contains(TOKEN));
    hides(&error);
}

#[test]
fn secrets_and_frames() {
    let secret = Secret::from(SECRET.to_owned());
    hides(&secret);
    hides(&SecretStr::from(SECRET));
    let mut writer = Writer::begin(SECRET.to_owned());
    writer.field(CODE);
    hides(&writer);
    let frame = writer.finish();
    hides(&frame);
    hides(&Reader::new(frame.expose(), 2).unwrap());
}
