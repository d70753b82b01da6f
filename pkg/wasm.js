// The boundary to the WebAssembly module: loads it on first use, and passes frames through its memory.
// A frame is a list of texts between NUL characters; src/oauth/frame.rs is the other side.

import { source } from "#wasm";
import { OAuthError } from "./errors.js";
import { tokenSet } from "./token-set.js";
import { initSync, send as sendFrame } from "./wasm/grantkit.js";

/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */
/** @typedef {"authorization_outline" | "check_return_to" | "validate_authorization_response" | "authorization_code_request" | "code_request"
 *   | "refresh_request" | "revocation_request" | "token_answer" | "revocation_answer"
 *   | "refresh_advance" | "requests_left" | "api_target" | "api_answer"} Verb */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @type {() => unknown} */
let bytes = source;
/** The exports as they are: all but two take and return numbers, and need no glue. @type {import("./wasm/grantkit.js").InitOutput} */
let wasm;
/** @type {Promise<void> | undefined} */
let ready;

/** Replaces where the module comes from; `grantkit/inline` does, before anything is loaded. */
export function provide(/** @type {() => unknown} */ other) {
  bytes = other;
}

/** Resolves when the module is there. A failure is not kept, so that a later call tries again. */
export function load() {
  ready ??= Promise.resolve()
    .then(bytes)
    .then((from) =>
      from instanceof WebAssembly.Module ? from : WebAssembly.compile(/** @type {BufferSource} */ (from)),
    )
    .then((module) => {
      // Not the generated loader: it looks at the global Response, which takes Node 17 ms to make.
      wasm = initSync({ module });
    })
    .catch((cause) => {
      ready = undefined;
      const next = "serve grantkit_bg.wasm beside the package's code as application/wasm, or import grantkit/inline";
      throw new OAuthError("network", `the WebAssembly module cannot be loaded: ${next}`, { retryable: true, cause });
    });
  return ready;
}

/** @type {Uint8Array<ArrayBuffer>} */
let scratch = new Uint8Array();

/** Memory for `size` bytes of input; a view dies when the memory grows. */
function room(/** @type {number} */ size) {
  if (scratch.length < size) scratch = view(wasm.input(size), size);
  return scratch;
}

function view(/** @type {number} */ pointer, /** @type {number} */ length) {
  return new Uint8Array(/** @type {ArrayBuffer} */ (wasm.memory.buffer), pointer, length);
}

/** What the exports work for: a checked configuration, as the module packed it. @type {string | undefined} */
let selected;

/**
 * Calls an export for a client with a frame of `fields`, and `body` behind it. Returns its answer as text.
 *
 * @param {Verb} verb
 * @param {string} client
 * @param {string[]} fields
 * @param {number} [a] what the export wants beside
 * @param {number} [b]
 * @param {Uint8Array | undefined} [body]
 * @returns {string}
 * @throws {OAuthError}
 */
export function call(verb, client, fields, a = 0, b = 0, body) {
  return callFrame(verb, client, fields.join("\0"), fields.length, a, b, body);
}

/**
 * As `call`, with a frame that is made already.
 *
 * @param {Verb} verb
 * @param {string} client
 * @param {string} frame
 * @param {number} count of its fields
 * @param {number} a
 * @param {number} b
 * @param {Uint8Array | undefined} [body]
 * @returns {string}
 * @throws {OAuthError}
 */
export function callFrame(verb, client, frame, count, a, b, body) {
  if (selected !== client) {
    wasm.select(write(client));
    selected = client;
  }
  const size = write(frame, body);
  const run = /** @type {(...numbers: number[]) => number} */ (wasm[verb]);
  return answer(body ? run(size, count, body.length, a, b) : run(size, count, a, b));
}

/** Checks a configuration. @param {string[]} fields @returns {string} what `call` wants of it */
export function packClient(fields) {
  return answer(wasm.client(write(fields.join("\0")), fields.length));
}

/** Sends a form by the module's own transport. @param {string[]} parts url, authorization @param {RequestInit} init without headers @returns {Promise<Response>} */
export function send(parts, init) {
  return sendFrame(write(parts.join("\0")), init);
}

/** Puts a frame into the module's memory, and a body behind it. @param {string} frame @param {Uint8Array} [body] */
function write(frame, body) {
  // UTF-8 takes at most three bytes for a UTF-16 unit.
  const buffer = room(frame.length * 3 + (body?.length ?? 0));
  const { written } = encoder.encodeInto(frame, buffer);
  if (body) buffer.set(body, written);
  return written;
}

function answer(/** @type {number} */ length) {
  if (length === 0) return "";
  const text = taken(view(wasm.output(), Math.abs(length)));
  if (length < 0) throw failure(text);
  return text;
}

/** The text of bytes that may be secret. @param {Uint8Array} bytes */
function taken(bytes) {
  const text = decoder.decode(bytes);
  bytes.fill(0);
  return text;
}

/** The error of a frame of its members, of which those that are absent are empty. @param {string} frame */
function failure(frame) {
  const [code, message, retryable, ...rest] = /** @type {[OAuthErrorCode, ...string[]]} */ (frame.split("\0"));
  const [retryAfter, status, error, error_description, error_uri, tokens] = rest.map((text) => text || undefined);
  return new OAuthError(code, `${message}`, {
    retryable: !!retryable,
    retryAfter: retryAfter ? +retryAfter : undefined,
    status: status ? +status : undefined,
    error,
    error_description,
    error_uri,
    tokens: tokens ? tokenSet(tokens) : undefined,
  });
}

/** Characters of 256 bits in base64url. */
export const BITS_256 = 43;
/** @type {Uint8Array} */
let texts = scratch;

/** Draws of 64 bytes. */
const DRAWS = 64;
let draws = 0;

/**
 * A fresh state, a code verifier and its challenge, one behind the other.
 *
 * @returns {string}
 * @throws {OAuthError} where there is no randomness
 */
export function attempt() {
  if (!draws) {
    draws = 1;
    try {
      // Inside a request: Workers refuse it at start-up.
      crypto.getRandomValues(view(wasm.random(), DRAWS * 64));
      draws = DRAWS;
    } catch {
      // The module finds nothing there, and says so.
    }
  }
  draws -= 1;
  answer(wasm.attempt(draws));
  // A view dies when the memory grows.
  if (!texts.length) texts = view(wasm.attempt_texts(), 3 * BITS_256);
  return taken(texts);
}

/**
 * Whether an access token needs no thought. Times in seconds.
 *
 * @param {number | undefined} expires_at
 * @param {number} now
 * @param {number} leeway
 * @param {number} jitter from 0 to 1
 * @param {number} minValidity
 * @param {number} [issued_at]
 */
export function isFresh(expires_at = Number.NaN, now, leeway, jitter, minValidity, issued_at = Number.NaN) {
  return !!wasm.is_fresh(expires_at, now, leeway, jitter, minValidity, issued_at);
}
