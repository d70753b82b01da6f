// The boundary to the WebAssembly module: loads it on first use, and passes frames through its memory.
// A frame is a list of texts between NUL characters; src/protocol/frame.rs is the other side.

import { source } from "#wasm";
import { OAuthError } from "./errors.js";
import { tokenSet } from "./token-set.js";
import * as glue from "./wasm/grantkit.js";

/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */
/** @typedef {"authorization_request" | "validate_authorization_response" | "authorization_code_request" | "code_request"
 *   | "refresh_request" | "revocation_request" | "token_answer" | "revocation_answer"} Verb */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @type {() => unknown} */
let bytes = source;
/** @type {WebAssembly.Memory} */
let memory;
/** @type {Promise<void> | undefined} */
let ready;

/** Replaces where the module comes from; `grantkit/inline` does, before anything is loaded. */
export function provide(/** @type {() => unknown} */ other) {
  bytes = other;
}

/** Resolves when the module is there. A failure is not kept, so that a later call tries again. */
export function load() {
  ready ??= Promise.resolve()
    .then(() => glue.default({ module_or_path: /** @type {any} */ (bytes()) }))
    .then((exports) => {
      memory = exports.memory;
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
  if (scratch.length < size) scratch = view(glue.input(size), size);
  return scratch;
}

function view(/** @type {number} */ pointer, /** @type {number} */ length) {
  return new Uint8Array(/** @type {ArrayBuffer} */ (memory.buffer), pointer, length);
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
  const frame = `${client.frame}\0${fields.join("\0")}`;
  // UTF-8 takes at most three bytes for a UTF-16 unit.
  const buffer = room(frame.length * 3 + (body?.length ?? 0));
  const length = encoder.encodeInto(frame, buffer).written;
  if (body) buffer.set(body, length);
  const sizes = body ? [body.length, ...numbers] : numbers;
  const run = /** @type {(...numbers: number[]) => number} */ (glue[verb]);
  return answer(run(length, client.fields + fields.length, ...sizes));
}

/** Checks a configuration. @returns {PackedClient} */
export function packClient(/** @type {object} */ config) {
  const frame = answer(glue.client(config));
  return { frame, fields: frame.split("\0").length };
}

function answer(/** @type {number} */ length) {
  const output = view(glue.output(), Math.abs(length));
  const text = decoder.decode(output);
  // It may hold tokens.
  output.fill(0);
  if (length < 0) throw error(text.split("\0"));
  return text;
}

function error(/** @type {string[]} */ fields) {
  const [code, message, retryable, retryAfter, status, error, error_description, error_uri, tokens] = fields;
  return new OAuthError(/** @type {OAuthErrorCode} */ (code), message ?? "", {
    retryable: retryable === "1",
    retryAfter: retryAfter ? Number(retryAfter) : undefined,
    status: status ? Number(status) : undefined,
    error: error || undefined,
    error_description: error_description || undefined,
    error_uri: error_uri || undefined,
    tokens: tokens ? tokenSet(tokens) : undefined,
  });
}

const DRAWS = 16;
const DRAW_BYTES = 64;
let draws = 0;

/** The number of an unused draw of random bytes. The pool is filled inside a request: Workers refuse it at start-up. */
export function draw() {
  if (draws === 0) {
    crypto.getRandomValues(view(glue.random(), DRAWS * DRAW_BYTES));
    draws = DRAWS;
  }
  draws -= 1;
  return draws;
}
