//! The exports.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::RequestInit;

use super::buffers::{self, Sizes};
use super::convert;
use crate::flow::refresh::Refresh;
use crate::manager::budget;
use crate::manager::plan::{self, Life, Wish};
use crate::oauth::authorization_request::{self, Options};
use crate::oauth::client::{self, Client};
use crate::oauth::error::Error;
use crate::oauth::frame::{Reader, Writer};
use crate::oauth::http::Answer;
use crate::oauth::token_request::{self, Exchange, Expectation};
use crate::oauth::{authorization_response, resource, revocation, token_response};
use crate::text::secret::Secret;
use crate::transport;

/// Makes room for a frame of `size` bytes; the pointer holds until the next call of this function.
#[wasm_bindgen]
pub fn input(size: usize) -> *mut u8 {
    buffers::input(size)
}

/// Where the latest answer begins.
#[wasm_bindgen]
pub fn output() -> *const u8 {
    buffers::output()
}

/// Where the host puts randomness: 4096 bytes, 64 draws.
#[wasm_bindgen]
pub fn random() -> *mut u8 {
    buffers::random()
}

/// Where [`attempt`] puts its texts.
#[wasm_bindgen]
pub fn attempt_texts() -> *const u8 {
    buffers::attempt_texts()
}

/// Checks a configuration and packs it for [`select`]. See [`convert::config`] for its fields.
#[wasm_bindgen]
pub fn client(length: usize, fields: usize) -> i32 {
    buffers::answer(Sizes { length, fields, body: 0 }, &mut |reader, _| {
        client::pack(&convert::config(reader))
    })
}

/// What makes an answer with a client.
type ClientWork<'w> = dyn FnMut(&Client<'_>, &mut Reader<'_>, &[u8]) -> Result<Secret, Error> + 'w;

/// Runs `work` with the selected client.
fn with_client(length: usize, fields: usize, body: usize, work: &mut ClientWork<'_>) -> i32 {
    buffers::answer(Sizes { length, fields, body }, &mut |reader, body| {
        buffers::with_client(|packed| work(&packed.client()?, reader, body))
    })
}

/// Takes a packed client, for which the functions below work until another one is selected.
#[wasm_bindgen]
pub fn select(length: usize) {
    buffers::select(length);
}

/// Scope, max_age, then pairs of extra parameters. Answers with the three parts of the URL, issuer, redirect URI, life and
/// whether offline access is asked for. See [`authorization_request::outline`].
#[wasm_bindgen]
pub fn authorization_outline(length: usize, fields: usize) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let scope = reader.text();
        let max_age = reader.optional().map(|text| text.parse().unwrap_or(0));
        let parameters: Vec<_> = (0..reader.left() / 2).map(|_| (reader.text(), reader.text())).collect();
        let options = Options { scope, parameters: &parameters, return_to: None, max_age };
        authorization_request::outline(client, &options).map(convert::outline)
    })
}

/// Checks return_to. See [`authorization_request::check_return_to`].
#[wasm_bindgen]
pub fn check_return_to(length: usize, fields: usize) -> i32 {
    buffers::answer(Sizes { length, fields, body: 0 }, &mut |reader, _| {
        authorization_request::check_return_to(reader.text()).map(|()| Secret::default())
    })
}

/// Leaves state, code verifier and code challenge of one draw of randomness at [`attempt_texts`]. Answers with nothing.
#[wasm_bindgen]
pub fn attempt(draw: usize) -> i32 {
    buffers::attempt(draw)
}

/// Callback; pending, with its end. Answers with the code and the accounts server.
#[wasm_bindgen]
pub fn validate_authorization_response(length: usize, fields: usize, now: f64, expires_at: f64) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let (url, pending) = (reader.text(), convert::pending(reader, expires_at));
        let checked = authorization_response::validate(client, url, &pending, convert::seconds(now))?;
        let mut frame = Writer::of(checked.code);
        frame.field(checked.site.map_or("", |site| site.accounts()));
        Ok(frame.finish())
    })
}

/// Callback; pending, with its end. Answers with the exchange of the callback's code.
#[wasm_bindgen]
pub fn authorization_code_request(length: usize, fields: usize, now: f64, expires_at: f64) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let (url, pending) = (reader.text(), convert::pending(reader, expires_at));
        token_request::authorization_code(client, url, &pending, convert::seconds(now))
            .map(Exchange::into_frame)
    })
}

/// Code, location. Answers with the exchange of a code that came without a redirect.
#[wasm_bindgen]
pub fn code_request(length: usize, fields: usize) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let (code, location) = (reader.text(), reader.optional());
        token_request::code(client, code, location).map(Exchange::into_frame)
    })
}

/// Refresh_token, accounts_server, api_domain, scope; narrower scope. Answers with the refresh.
#[wasm_bindgen]
pub fn refresh_request(length: usize, fields: usize) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let (earlier, narrower) = (convert::earlier(reader), reader.optional());
        token_request::refresh(client, &earlier, narrower).map(Exchange::into_frame)
    })
}

/// Token, its type, accounts_server. Answers with attempt number `attempt`, or with nothing after the last.
#[wasm_bindgen]
pub fn revocation_request(length: usize, fields: usize, attempt: usize) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let token = reader.text().into();
        let kind = if reader.text() == "access_token" {
            revocation::Kind::Access
        } else {
            revocation::Kind::Refresh
        };
        let exchange = revocation::request(client, token, kind, reader.text(), attempt)?;
        Ok(exchange.map(Exchange::into_frame).unwrap_or_default())
    })
}

/// Expectation; retry_after. The body stands behind the frame. Answers with the tokens as JSON.
#[wasm_bindgen]
pub fn token_answer(length: usize, fields: usize, body: usize, status: u16, now: f64) -> i32 {
    with_client(length, fields, body, &mut |client, reader, body| {
        let expectation = Expectation::read(reader);
        let answer = Answer { status, retry_after: reader.optional(), body };
        token_response::judge(client, &expectation, answer, convert::seconds(now))
            .map(|tokens| tokens.to_json())
    })
}

/// As [`token_answer`], for a revocation. Answers with `1` when the token is revoked, with nothing when it is unknown.
#[wasm_bindgen]
pub fn revocation_answer(length: usize, fields: usize, body: usize, status: u16, now: f64) -> i32 {
    with_client(length, fields, body, &mut |client, reader, body| {
        let expectation = Expectation::read(reader);
        let answer = Answer { status, retry_after: reader.optional(), body };
        let outcome = revocation::judge(client, &expectation, answer, convert::seconds(now))?;
        Ok(Secret::from(if outcome == revocation::Outcome::Revoked { "1" } else { "" }.to_owned()))
    })
}

/// Whether an access token needs no thought; a time is NaN where it is not known. See [`plan::is_fresh`].
#[wasm_bindgen]
pub fn is_fresh(
    expires_at: f64,
    now: f64,
    leeway: f64,
    jitter: f64,
    min_validity: f64,
    issued_at: f64,
) -> bool {
    let time = |at: f64| Some(at).filter(|at| !at.is_nan()).map(convert::seconds);
    let (leeway, min_validity) = (convert::seconds(leeway), convert::seconds(min_validity));
    plan::is_fresh(
        Life { issued_at: time(issued_at), expires_at: time(expires_at) },
        &Wish { leeway, jitter, min_validity, refused: "", lease: 0 },
        convert::seconds(now),
    )
}

/// A refresh; leeway, min_validity, refused, lease; event. Answers with the refresh and its next step. See
/// [`Refresh::advance`].
#[wasm_bindgen]
pub fn refresh_advance(length: usize, fields: usize, now: f64, jitter: f64) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let mut refresh = Refresh::read(reader);
        let (leeway, min_validity, refused, lease) =
            (reader.number(), reader.number(), reader.text(), reader.number());
        let wish = Wish { leeway, jitter, min_validity, refused, lease };
        let event = convert::event(reader, client);
        let step = refresh.advance(event, client.profile.budget, &wish, convert::seconds(now));
        Ok(convert::step(&refresh, &step))
    })
}

/// Times of requests between commas. Answers with how many are left now, or with nothing where there is
/// no budget.
#[wasm_bindgen]
pub fn requests_left(length: usize, fields: usize, now: f64) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let left = budget::left(client.profile.budget, &reader.times(), convert::seconds(now));
        Ok(Secret::from(left.map(|left| left.to_string()).unwrap_or_default()))
    })
}

/// Accounts_server, api_domain, path or URL. Answers with the absolute URL and the scheme of the
/// `authorization` header. See [`resource::target`].
#[wasm_bindgen]
pub fn api_target(length: usize, fields: usize) -> i32 {
    with_client(length, fields, 0, &mut |client, reader, _| {
        let url = resource::target(client, reader.text(), reader.text(), reader.text())?;
        let mut frame = Writer::begin(url);
        frame.field(client.profile.api.scheme);
        Ok(frame.finish())
    })
}

/// The `www-authenticate` header. The body stands behind the frame. See [`resource::judge`].
#[wasm_bindgen]
pub fn api_answer(length: usize, fields: usize, body: usize, status: u16) -> i32 {
    with_client(length, fields, body, &mut |client, reader, body| {
        let answer = Answer { status, retry_after: None, body };
        let word = match resource::judge(client, reader.text(), answer) {
            resource::Verdict::Pass => "",
            resource::Verdict::DeadToken => "dead_token",
            resource::Verdict::Scope => "scope",
        };
        Ok(Secret::from(word.to_owned()))
    })
}

/// Url, authorization. Sends the form of `init` there by the runtime's own `fetch`; the promise resolves when the headers are there,
/// and rejects with what `fetch` rejects with.
#[wasm_bindgen]
pub fn send(length: usize, init: RequestInit) -> Promise {
    // Taken before the promise is polled, since other calls use the same memory.
    let frame = buffers::take(length);
    future_to_promise(async move { transport::send(&mut Reader::own(frame.expose()), &init).await })
}
