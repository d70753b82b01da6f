//! `cargo bench`: the core by itself, compiled for this machine. `--features testing` adds the simulator.
#![allow(clippy::expect_used, reason = "a benchmark that cannot be prepared cannot run")]

use std::time::Duration;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use grantkit::oauth::authorization_request::{self, Options};
use grantkit::oauth::authorization_response;
use grantkit::oauth::client::{self, Client, ClientConfig};
use grantkit::oauth::http::Answer;
use grantkit::oauth::metadata::AuthorizationServer;
use grantkit::oauth::token_request::{self, Earlier};
use grantkit::oauth::token_response;
use grantkit::text::secret::Secret;

const ISSUER: &str = "https://as.example";
const NOW: i64 = 1_795_000_000;

fn main() {
    divan::Divan::from_args().min_time(Duration::from_millis(200)).main();
}

fn packed() -> Secret {
    let config = ClientConfig {
        server: AuthorizationServer {
            issuer: Some(ISSUER),
            authorization_endpoint: Some("https://as.example/authorize"),
            token_endpoint: Some("https://as.example/token"),
            authorization_response_iss_parameter_supported: true,
            ..AuthorizationServer::default()
        },
        client_id: "1000.8K2J6V4W9QZ3T7YB1XN5",
        client_secret: vec![("", "5f1c0d7a93b64e28b7d2".into())],
        token_endpoint_auth_method: None,
        redirect_uri: Some("https://app.example/callback"),
    };
    client::pack(&config).expect("a valid configuration")
}

#[divan::bench]
fn authorization_request(bencher: Bencher<'_, '_>) {
    let packed = packed();
    let client = Client::unpack(packed.expose()).expect("a packed client");
    let options = Options { scope: "ZohoCRM.modules.ALL ZohoCRM.settings.READ", ..Options::default() };
    let random = [0x5a; authorization_request::RANDOM_BYTES];
    bencher.bench_local(|| authorization_request::request(&client, &options, black_box(&random), NOW));
}

#[divan::bench]
fn callback_validation(bencher: Bencher<'_, '_>) {
    let packed = packed();
    let client = Client::unpack(packed.expose()).expect("a packed client");
    let options = Options { scope: "ZohoCRM.modules.ALL", ..Options::default() };
    let random = [0x5a; authorization_request::RANDOM_BYTES];
    let started =
        authorization_request::request(&client, &options, &random, NOW).expect("an authorization request");
    let (_, pending) = started.parts();
    let code = "1000.c3b1d7e5f9a24806c3b1d7e5f9a24806.4e8fa1b2c3d4e5f60718293a4b5c6d7e";
    let query = ["?state=", pending.state.expose(), "&iss=https%3A%2F%2Fas.example&code=", code].concat();
    let url = [pending.redirect_uri, &query].concat();
    authorization_response::validate(&client, &url, &pending, NOW).expect("a valid callback");
    bencher.bench_local(|| authorization_response::validate(&client, black_box(&url), &pending, NOW).is_ok());
}

/// A usual token response, and responses with as many extra members from the server.
#[divan::bench(args = [0, 10, 1000])]
fn token_answer(bencher: Bencher<'_, '_>, more: usize) {
    let packed = packed();
    let client = Client::unpack(packed.expose()).expect("a packed client");
    let earlier = Earlier { refresh_token: "1000.r".into(), accounts_server: "", api_domain: "", scope: "" };
    let exchange = token_request::refresh(&client, &earlier, None).expect("a refresh");
    let (_, expectation) = exchange.parts();
    let members: String = (0..more).map(|at| format!(r#","member_{at}":{{"key":"value {at}"}}"#)).collect();
    let body = format!(
        r#"{{"access_token":"1000.1f2e3d4c5b6a79880f1e2d3c4b5a6978.a1b2c3d4e5f60718293a4b5c6d7e8f90","scope":"ZohoCRM.modules.ALL ZohoCRM.settings.READ","token_type":"Bearer","expires_in":3600{members}}}"#
    );
    let judge = |body: &str| {
        let answer = Answer { status: 200, retry_after: None, body: body.as_bytes() };
        token_response::judge(&client, &expectation, answer, NOW).map(|tokens| tokens.to_json())
    };
    judge(&body).expect("a valid token response");
    bencher.counter(BytesCount::of_str(&body)).bench_local(|| judge(black_box(&body)).is_ok());
}

/// Runs of the simulator, in which many processes share one grant. Items are steps.
#[cfg(feature = "testing")]
#[divan::bench(args = [1, 2, 3], sample_count = 20)]
fn simulator_steps(bencher: Bencher<'_, '_>, seed: u64) {
    use divan::counter::ItemsCount;
    use grantkit::testing::simulator::Simulation;

    let run = Simulation::new(seed).run();
    assert!(run.violation.is_none(), "seed {seed} breaks a property");
    bencher.counter(ItemsCount::new(run.steps)).bench_local(|| Simulation::new(black_box(seed)).run().steps);
}
