//! The functions of the module.

use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::RequestInit;

use super::buffers::{self, Sizes};
use super::frame::{Reader, Writer};
use super::memory::wipe_stack;
use super::{clients, exchange, numbers, policy, refresh, revocation};
use crate::manager::plan::{self, Wish};
use crate::manager::record::{Lifetime, Record};
use crate::oauth::authorization_request::{self, Options, Template};
use crate::oauth::http::Response;
use crate::oauth::{authorization_response, challenge, resource};
use crate::text::secret::Secret;
use crate::text::time::UnixTime;
use crate::transport;

/// Reserves `size` bytes of input. The returned pointer is valid until the next call of this function.
#[wasm_bindgen]
pub fn input(size: usize) -> *mut u8 {
    buffers::input(size)
}

/// A pointer to the output of the latest call.
#[wasm_bindgen]
pub fn output() -> *const u8 {
    buffers::output()
}

/// A pointer to the buffer that the host fills with 4096 random bytes, which are 64 draws.
#[wasm_bindgen]
pub fn random() -> *mut u8 {
    buffers::random()
}

/// A pointer to the texts of [`attempt`].
#[wasm_bindgen]
pub fn attempt_texts() -> *const u8 {
    buffers::attempt_texts()
}

/// Derives state, code verifier and code challenge from one draw of random bytes, and writes them to [`attempt_texts`].
#[wasm_bindgen]
pub fn attempt(draw: usize) -> i32 {
    buffers::attempt(draw)
}

/// Checks a configuration and registers the client under a number. In: see [`super::config::read`].
#[wasm_bindgen]
pub fn register(client: u32, length: usize, fields: usize) -> i32 {
    let length = clients::register(client, Sizes { length, fields, body: 0 });
    wipe_stack::<{ 2 * STEP_STACK }>();
    length
}

/// Builds the common part of authorization requests. In: scope, maxAge, then names and values of extra parameters. Out:
/// the three parts of the URL, issuer, redirect URI, maxAge in seconds, whether offline access is requested. See
/// [`Template`].
#[wasm_bindgen]
pub fn authorization_template(client: u32, length: usize, fields: usize) -> i32 {
    clients::with(client, Sizes { length, fields, body: 0 }, &mut |client, reader, _| {
        let scope = reader.text();
        let max_age = reader.optional().map(|text| text.parse().map_or(Duration::ZERO, Duration::from_secs));
        let parameters: Vec<_> = (0..reader.left() / 2).map(|_| (reader.text(), reader.text())).collect();
        let options = Options { scope, parameters: &parameters, return_to: None, max_age };
        let template = Template::new(client, &options)?;
        let [before_state, before_challenge, rest] = &template.url;
        let mut frame = Writer::new(before_state);
        for text in [before_challenge.as_str(), rest, template.issuer, template.redirect_uri] {
            frame.field(text);
        }
        frame.number(i64::try_from(template.max_age.as_secs()).ok());
        frame.flag(template.offline);
        Ok(frame.finish())
    })
}

/// Checks a `return_to`. See [`authorization_request::check_return_to`].
#[wasm_bindgen]
pub fn check_return_to(length: usize) -> i32 {
    buffers::run_text(length, &mut |path| {
        authorization_request::check_return_to(path).map(|()| Secret::new())
    })
}

/// Validates an authorization response. In: callback, state, code verifier, issuer. Out: code, accounts server.
#[wasm_bindgen]
pub fn validate_authorization_response(
    client: u32,
    length: usize,
    fields: usize,
    now: f64,
    expires_at: f64,
) -> i32 {
    clients::with(client, Sizes { length, fields, body: 0 }, &mut |client, reader, _| {
        let callback = reader.text();
        let attempt = exchange::attempt(reader, expires_at);
        let validated = authorization_response::validate(client, callback, attempt, numbers::time(now))?;
        let mut frame = Writer::new(&validated.code);
        frame.field(validated.region.map_or("", |region| &region.accounts_server));
        Ok(frame.finish())
    })
}

/// The stack of a step that is overwritten after it, in bytes: more than a step takes. A registration takes more.
const STEP_STACK: usize = 4096;

/// A response whose `retry-after` is a field of the frame, if it matters.
const fn response(status: u16, body: &[u8]) -> Response<'_> {
    Response { status, retry_after: None, body }
}

/// One step of an exchange. See [`exchange::step`].
#[wasm_bindgen]
pub fn exchange_step(
    client: u32,
    length: usize,
    fields: usize,
    body: usize,
    status: u16,
    now: f64,
    expires_at: f64,
) -> i32 {
    let length = clients::with(client, Sizes { length, fields, body }, &mut |client, reader, body| {
        exchange::step(client, reader, response(status, body), numbers::time(now), expires_at)
    });
    wipe_stack::<STEP_STACK>();
    length
}

/// One step of a refresh. `asked_at` is when its request was sent. See [`refresh::step`].
#[expect(clippy::too_many_arguments, reason = "numbers that cross without being written as text")]
#[wasm_bindgen]
pub fn refresh_step(
    client: u32,
    length: usize,
    fields: usize,
    body: usize,
    status: u16,
    now: f64,
    asked_at: f64,
    jitter: f64,
) -> i32 {
    let length = clients::with(client, Sizes { length, fields, body }, &mut |client, reader, body| {
        let times = refresh::Times { now: numbers::time(now), asked_at: numbers::time(asked_at), jitter };
        Ok(refresh::step(client, reader, response(status, body), times))
    });
    wipe_stack::<STEP_STACK>();
    length
}

/// One step of a revocation. See [`revocation::step`].
#[wasm_bindgen]
pub fn revocation_step(client: u32, length: usize, fields: usize, body: usize, status: u16, now: f64) -> i32 {
    let length = clients::with(client, Sizes { length, fields, body }, &mut |client, reader, body| {
        revocation::step(client, reader, response(status, body), numbers::time(now))
    });
    wipe_stack::<STEP_STACK>();
    length
}

/// A time that JavaScript passes as NaN if it is unknown.
fn known(at: f64) -> Option<UnixTime> {
    Some(at).filter(|at| !at.is_nan()).map(numbers::time)
}

/// Whether an access token needs no refresh yet. All times are in seconds, and NaN if unknown. See [`plan::is_fresh`].
#[wasm_bindgen]
pub fn is_fresh(
    expires_at: f64,
    now: f64,
    leeway: f64,
    jitter: f64,
    min_validity: f64,
    issued_at: f64,
) -> bool {
    plan::is_fresh(
        Lifetime { issued_at: known(issued_at), expires_at: known(expires_at) },
        &Wish { leeway: numbers::duration(leeway), jitter, min_validity: numbers::duration(min_validity) },
        numbers::time(now),
    )
}

/// Whether a caller accepts the tokens of a refresh that it joined. All times are in seconds, and NaN if unknown. See
/// [`policy::joins`](crate::manager::policy::joins).
#[wasm_bindgen]
pub fn joins(
    issued: bool,
    access_token_rejected: bool,
    expires_at: f64,
    now: f64,
    min_validity: f64,
) -> bool {
    let record = Record { access_token_rejected, expires_at: known(expires_at), ..Record::default() };
    let wish = Wish { min_validity: numbers::duration(min_validity), ..Wish::default() };
    crate::manager::policy::joins(true, issued, &record, &wish, numbers::time(now))
}

/// Makes a decision about a stored grant, by name, as JSON. See [`policy::decide`].
#[wasm_bindgen]
pub fn decide(client: u32, length: usize, now: f64, random: f64) -> i32 {
    clients::with(client, Sizes { length, fields: 1, body: 0 }, &mut |client, reader, _| {
        policy::decide(client, reader.text(), numbers::time(now), random)
    })
}

/// Resolves the URL of an API call. In: accounts server, API domain, path or URL. Out: the absolute URL, the scheme of
/// the `authorization` header.
#[wasm_bindgen]
pub fn api_target(client: u32, length: usize, fields: usize) -> i32 {
    clients::with(client, Sizes { length, fields, body: 0 }, &mut |client, reader, _| {
        let (accounts_server, api_domain, input) = (reader.text(), reader.text(), reader.text());
        let mut frame = Writer::new(&resource::target(client, accounts_server, api_domain, input)?);
        frame.field(&client.profile.api.scheme);
        Ok(frame.finish())
    })
}

/// Parses the response of an API call. In: the `www-authenticate` header, with the body. Out: the error code of RFC
/// 6750, or an empty text.
#[wasm_bindgen]
pub fn api_challenge(client: u32, length: usize, fields: usize, body: usize, status: u16) -> i32 {
    clients::with(client, Sizes { length, fields, body }, &mut |client, reader, body| {
        Ok(challenge::parse(client, reader.text(), &response(status, body)).name().into())
    })
}

/// Sends a request with `init` by the `fetch` of the runtime. In: URL, `authorization` header. The promise resolves
/// with the response when its headers have arrived, and rejects as `fetch` does.
#[wasm_bindgen]
pub fn send(length: usize, init: RequestInit) -> Promise {
    // Before the promise is polled, since other calls use the same memory.
    let frame = buffers::take(length);
    future_to_promise(async move {
        let mut reader = Reader::unchecked(frame.expose());
        let (url, authorization) = (reader.text(), reader.optional());
        transport::send(url, authorization, &init).await
    })
}
