//! The default transport, where no `fetch` was handed in: gloo-net's headers and the runtime's own `fetch`.
//!
//! gloo-net, wasm-bindgen-futures, serde and serde-wasm-bindgen are part of the project's brief. What each costs, in bytes
//! by `cargo xtask size`, compared with a build without it:
//!
//! - gloo-net: 41 in the core module, compared with `Headers` of web-sys.
//! - wasm-bindgen-futures: 8,531 in the core module and 2,689 in its glue, compared with a function that returns the promise
//!   of `fetch`.
//! - serde and serde-wasm-bindgen: nothing in the core module, which does not use them. In the testing module
//!   serde-wasm-bindgen takes 7,345, compared with JSON texts; serde is also what serde_json reads the options by.

use gloo_net::http::Headers;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestInit;

#[wasm_bindgen]
extern "C" {
    // gloo-net 0.7 binds the same function, but it panics when `fetch` rejects with a value that is no Error or resolves
    // to a foreign Response (the promise then never settles), and it keeps only the name and the message of an Error: the
    // cause, where Node says "connection refused", would be lost.
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// Sends a form, and resolves to the response when its headers have arrived; its body is still to be read. `init` has the
/// method, the redirect mode, the body and the signal.
///
/// `fetch` itself makes the `Request`: it copies one that exists already, which takes Node as long as sending it.
pub(crate) async fn send(
    url: &str,
    authorization: Option<&str>,
    init: &RequestInit,
) -> Result<JsValue, JsValue> {
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
