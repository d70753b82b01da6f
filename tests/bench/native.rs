//! `cargo bench`: the core by itself, compiled for this machine. `--features testing` adds the simulator.
#![allow(clippy::expect_used, reason = "a benchmark that cannot be prepared cannot run")]

use std::time::Duration;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use grantkit::oauth::authorization_request::{Options, RANDOM_BYTES};
use grantkit::{
    AuthorizationRequest, AuthorizationResponse, AuthorizationServer, Client, ClientConfig, Response,
    TokenRequest, UnixTime,
};

const ISSUER: &str = "https://as.example";
const NOW: UnixTime = UnixTime::from_seconds(1_795_000_000);

fn main() {
    divan::Divan::from_args().min_time(Duration::from_millis(200)).main();
}

fn client() -> Client {
    Client::new(ClientConfig {
        server: AuthorizationServer {
            issuer: Some(ISSUER.into()),
            authorization_endpoint: Some("https://as.example/authorize".into()),
            token_endpoint: Some("https://as.example/token".into()),
            authorization_response_iss_parameter_supported: true,
            ..AuthorizationServer::default()
        },
        client_id: "1000.8K2J6V4W9QZ3T7YB1XN5".into(),
        client_secret: "5f1c0d7a93b64e28b7d2".into(),
        redirect_uri: Some("https://app.example/callback".into()),
        ..ClientConfig::default()
    })
    .expect("a valid configuration")
}

#[divan::bench]
fn authorization_request(bencher: Bencher<'_, '_>) {
    let client = client();
    let options = Options { scope: "ZohoCRM.modules.ALL ZohoCRM.settings.READ", ..Options::default() };
    let random = [0x5a; RANDOM_BYTES];
    bencher.bench_local(|| AuthorizationRequest::new(&client, &options, black_box(&random), NOW));
}

#[divan::bench]
fn callback_validation(bencher: Bencher<'_, '_>) {
    let client = client();
    let options = Options { scope: "ZohoCRM.modules.ALL", ..Options::default() };
    let AuthorizationRequest { pending, .. } =
        AuthorizationRequest::new(&client, &options, &[0x5a; RANDOM_BYTES], NOW)
            .expect("an authorization request");
    let code = "1000.c3b1d7e5f9a24806c3b1d7e5f9a24806.4e8fa1b2c3d4e5f60718293a4b5c6d7e";
    let query = ["?state=", pending.state.expose(), "&iss=https%3A%2F%2Fas.example&code=", code].concat();
    let url = [pending.redirect_uri.as_str(), &query].concat();
    let validate = |url: &str| AuthorizationResponse::validate(&client, url, &pending, NOW);
    validate(&url).expect("a valid callback");
    bencher.bench_local(|| validate(black_box(&url)).is_ok());
}

/// A usual token response, and responses with as many extra members from the server.
#[divan::bench(args = [0, 10, 1000])]
fn token_response(bencher: Bencher<'_, '_>, more: usize) {
    let client = client();
    let request = TokenRequest::code(&client, "1000.c", None).expect("a token request");
    let members: String = (0..more).map(|at| format!(r#","member_{at}":{{"key":"value {at}"}}"#)).collect();
    let body = format!(
        r#"{{"access_token":"1000.1f2e3d4c5b6a79880f1e2d3c4b5a6978.a1b2c3d4e5f60718293a4b5c6d7e8f90","scope":"ZohoCRM.modules.ALL ZohoCRM.settings.READ","token_type":"Bearer","expires_in":3600{members}}}"#
    );
    let parse = |body: &str| {
        let response = Response { status: 200, retry_after: None, body: body.as_bytes() };
        request.parse(&client, &response, NOW).map(|tokens| tokens.to_json())
    };
    parse(&body).expect("a valid token response");
    bencher.counter(BytesCount::of_str(&body)).bench_local(|| parse(black_box(&body)).is_ok());
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
