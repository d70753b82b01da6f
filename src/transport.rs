//! The default transport: one request to one response, by gloo-net's types and the runtime's own `fetch`.

use gloo_net::http::Headers;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

use crate::oauth::frame::Reader;

#[wasm_bindgen]
extern "C" {
    // gloo-net 0.7 binds the same function, but panics when it rejects with something that is no Error or resolves to
    // a Response of another make (the promise then never settles), and keeps of an Error its name and message alone:
    // the cause, where Node says "connection refused", would be lost.
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// Sends a form to where a frame says (URL, authorization), and resolves to the response when its headers are there; its
/// body is still to be read. `init` has the rest: method, redirect mode, body, signal.
///
/// `fetch` itself makes the request: it would copy one that was made before, which takes Node as long as to send it.
pub(crate) async fn send(frame: &mut Reader<'_>, init: &RequestInit) -> Result<JsValue, JsValue> {
    let (url, authorization) = (frame.text(), frame.optional());
    let headers = Headers::new();
    headers.set("accept", "application/json");
    headers.set("content-type", "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        headers.set("authorization", authorization);
    }
    init.set_headers(&headers.into_raw());
    let response = fetch(url, init)?;
    JsFuture::from(Promise::resolve(&response)).await
}
