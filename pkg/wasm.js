// The boundary to the WebAssembly module: loads it on first use, and passes frames through its memory.
// A frame is a list of texts between NUL characters; src/protocol/frame.rs is the other side.

import { source } from "#wasm";
import { OAuthError } from "./errors.js";
import { tokenSet } from "./token-set.js";
import init, { send as sendFrame } from "./wasm/grantkit.js";

/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */
/** @typedef {"authorization_request" | "validate_authorization_response" | "authorization_code_request" | "code_request"
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
    .then(() => init({ module_or_path: /** @type {any} */ (bytes()) }))
    .then((exports) => {
      wasm = exports;
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

/** @typedef {{ frame: string, fields: number }} PackedClient a checked configuration, as the module wants it back */

/**
 * Calls an export with a frame of the client and `fields`, and `body` behind it. Returns its answer as text.
 *
 * @param {Verb} verb
 * @param {PackedClient} client
 * @param {string[]} fields
 * @param {number[]} numbers what the export wants beside
 * @param {Uint8Array} [body]
 * @returns {string}
 * @throws {OAuthError}
 */
export function call(verb, client, fields, numbers, body) {
  const size = write(`${client.frame}\0${fields.join("\0")}`, body);
  const sizes = body ? [body.length, ...numbers] : numbers;
  const run = /** @type {(...numbers: number[]) => number} */ (wasm[verb]);
  return answer(run(size, client.fields + fields.length, ...sizes));
}

/** Checks a configuration. @param {string[]} fields @returns {PackedClient} */
export function packClient(fields) {
  const frame = answer(wasm.client(write(fields.join("\0")), fields.length));
  return { frame, fields: frame.split("\0").length };
}

/** Sends a form by the module's own transport. @param {string[]} parts url, authorization, body @param {RequestInit} base what every request has @returns {Promise<Response>} */
export function send(parts, base) {
  return sendFrame(write(parts.join("\0")), base);
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
  const output = view(wasm.output(), Math.abs(length));
  const text = decoder.decode(output);
  // It may hold tokens.
  output.fill(0);
  if (length < 0) throw failure(text);
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

const DRAWS = 16;
const DRAW_BYTES = 64;
let draws = 0;

/** The number of an unused draw of random bytes. The pool is filled inside a request: Workers refuse it at start-up. */
export function draw() {
  if (draws === 0) {
    draws = 1;
    try {
      crypto.getRandomValues(view(wasm.random(), DRAWS * DRAW_BYTES));
      draws = DRAWS;
    } catch {
      // The module finds nothing there, and says so.
    }
  }
  draws -= 1;
  return draws;
}

/**
 * Whether an access token needs no thought. Times in seconds.
 *
 * @param {number | undefined} expires_at
 * @param {number} now
 * @param {number} leeway
 * @param {number} jitter from 0 to 1
 * @param {number} minValidity
 */
export function isFresh(expires_at, now, leeway, jitter, minValidity) {
  return wasm.is_fresh(expires_at ?? Number.NaN, now, leeway, jitter, minValidity) !== 0;
}
