// The boundary to the WebAssembly module: loads it on first use, and passes texts through its memory. The other side is
// src/bindings. A frame is a list of texts between NUL characters, counted by their position.

import { source } from "#wasm";
import { MAX_LENGTH, tooLong } from "./check.js";
import { OAuthError } from "./errors.js";
import { moduleUnavailable } from "./module-unavailable.js";
import { tokenSet } from "./token-set.js";
import { create } from "./wasm/grantkit.js";

/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */
/** @typedef {"authorization_template" | "validate_authorization_response" | "exchange_step" | "refresh_step"
 *   | "revocation_step" | "decide" | "api_target" | "api_challenge"} Verb */

/** What is absent is written as nothing. @typedef {string | number | boolean | number[] | undefined} Field */

/**
 * A client as the module knows it: a number of ours, and the configuration to register it by.
 *
 * @typedef {object} Registered
 * @property {number} number
 * @property {Field[]} config
 */

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** What a call returns when the module does not have the client (any more). */
const MISS = -(2 ** 31);

/** An instance with more memory is replaced after the call, in bytes. */
const MAX_MEMORY = 2 ** 22;

/** @type {() => unknown} */
let bytes = source;
/** The exports: they take and return numbers, and one takes an object as it is, so that they need no glue. @type {ReturnType<typeof create>} */
let wasm;
/** @type {WebAssembly.Module} */
let compiled;
/** @type {Promise<void> | undefined} */
let ready;

/** Replaces the source of the module, before anything is loaded; `grantkit/inline` does. */
export function provide(/** @type {() => unknown} */ other) {
  bytes = other;
}

/** Resolves when the module is loaded. A failure is not kept, so that a later call tries again. */
export function load() {
  ready ??= Promise.resolve()
    .then(bytes)
    .then(async (from) => {
      compiled =
        from instanceof WebAssembly.Module ? from : await WebAssembly.compile(/** @type {BufferSource} */ (from));
      start();
    })
    .catch((cause) => {
      ready = undefined;
      throw moduleUnavailable("grantkit_bg.wasm", "grantkit", cause);
    });
  return ready;
}

/** Creates an instance. It knows no client and has no randomness. */
function start() {
  wasm = create(compiled);
  scratch = new Uint8Array();
  texts = scratch;
  draws = 0;
}

/** Whether the input has become larger, and with it the memory. */
let hasGrown = false;
/** @type {Uint8Array<ArrayBuffer>} */
let scratch = /* @__PURE__ */ new Uint8Array();

/** Memory for `size` bytes of input; a view is detached when the memory grows. */
function room(/** @type {number} */ size) {
  if (scratch.length < size) {
    hasGrown = true;
    scratch = view(wasm.input(size), size);
  }
  return scratch;
}

function view(/** @type {number} */ pointer, /** @type {number} */ length) {
  return new Uint8Array(/** @type {ArrayBuffer} */ (wasm.memory.buffer), pointer, length);
}

/**
 * Calls an export for a client with a frame of `fields`, and a body after it.
 *
 * @param {Verb} verb
 * @param {Registered} client
 * @param {Field[]} fields
 * @param {number[]} [numbers] what the export takes beside
 * @param {Uint8Array} [body]
 * @returns {string}
 * @throws {OAuthError}
 */
export function call(verb, client, fields, numbers = [], body) {
  const counts = body ? [fields.length, body.length] : [fields.length];
  return callFrame(verb, client, joined(fields), [...counts, ...numbers], body);
}

/** @param {Field[]} fields @throws {OAuthError} */
function joined(fields) {
  try {
    return fields.join("\0");
  } catch {
    // Longer than a string can be.
    throw tooLong("an argument, or a stored record,");
  }
}

/**
 * As `call`, with a frame that exists already.
 *
 * @param {Verb} verb
 * @param {Registered} client
 * @param {string} frame
 * @param {number[]} numbers what the export takes beside, from the number of fields on
 * @param {Uint8Array} [body]
 * @returns {string}
 * @throws {OAuthError}
 */
export function callFrame(verb, client, frame, numbers, body) {
  const run = () => {
    const step = /** @type {(...numbers: (number | undefined)[]) => number} */ (wasm[verb]);
    // Spread arguments take longer. An export ignores those that it does not have.
    const [a, b, c, d, e, f] = numbers;
    return step(client.number, write(frame, body), a, b, c, d, e, f);
  };
  return guarded(() => {
    let length = run();
    if (length === MISS) {
      registered(client);
      length = run();
    }
    return taken(length);
  });
}

/**
 * Calls the module. A step that traps is repeated once, in a fresh instance: the module keeps nothing between two calls.
 *
 * @template T
 * @param {() => T} work
 * @returns {T}
 * @throws {OAuthError}
 */
function guarded(work) {
  for (let traps = 1; ; traps += 1) {
    try {
      const value = work();
      // A memory never shrinks.
      if (hasGrown && wasm.memory.buffer.byteLength > MAX_MEMORY) start();
      hasGrown = false;
      return value;
    } catch (cause) {
      if (cause instanceof OAuthError) throw cause;
      // Whatever interrupted it, such as a full stack, the instance is unusable.
      start();
      if (traps === 1) continue;
      const message = "the WebAssembly module failed twice at the same step: report it with the stack of `cause`";
      throw new OAuthError("unexpected_response", message, { cause });
    }
  }
}

/**
 * A decision about a stored grant, by name; see src/bindings/policy.rs.
 *
 * @param {Registered} client
 * @param {object} input
 * @param {number} now seconds
 * @param {number} [random] from 0 to 1
 * @returns {any} what the module returned as JSON; undefined for nothing
 * @throws {OAuthError}
 */
export function decide(client, input, now, random = 0) {
  const output = callFrame("decide", client, JSON.stringify(input), [now, random]);
  return output ? JSON.parse(output) : undefined;
}

/** Has the module check a configuration, and keep the client. @param {Registered} client @throws {OAuthError} */
export function register(client) {
  guarded(() => registered(client));
}

/** @param {Registered} client @throws {OAuthError} */
function registered({ number, config }) {
  // The module refuses every control character, and its message names the member that has one.
  const fields = config.map((field) => `${field}`.replaceAll("\0", "\x01"));
  taken(wasm.register(number, write(joined(fields)), fields.length));
}

/** Checks `return_to`. @param {string} path @throws {OAuthError} */
export function checkReturnTo(path) {
  guarded(() => taken(wasm.check_return_to(write(path))));
}

/** Sends a form by the module's own transport. @param {string} url @param {string} authorization @param {RequestInit} init without headers @returns {Promise<Response>} */
export function send(url, authorization, init) {
  return guarded(() => wasm.send(write(`${url}\0${authorization}`), init));
}

/** Puts a text into the module's memory, and a body after it. @param {string} text @param {Uint8Array} [body] */
function write(text, body) {
  // Before it is copied: the memory of the module never shrinks, and one that is full cannot be used any more.
  // What a response is validated against must not cost its tokens: it is not longer than the input of its request, or
  // little.
  if (text.length > (body?.length ? 2 : 1) * MAX_LENGTH) throw tooLong("an argument, or a stored record,");
  // UTF-8 takes at most three bytes for a UTF-16 unit.
  const buffer = room(text.length * 3 + (body?.length ?? 0));
  const { written } = encoder.encodeInto(text, buffer);
  if (body) buffer.set(body, written);
  return written;
}

/** The output of a call. @param {number} length @throws {OAuthError} if it is below zero */
function taken(length) {
  if (length === 0) return "";
  const text = wiped(view(wasm.output(), Math.abs(length)));
  if (length < 0) throw errorOf(cut(text).slice(1));
  return text;
}

/** The text of bytes that may be secret, which are overwritten. @param {Uint8Array} bytes */
function wiped(bytes) {
  const text = decoder.decode(bytes);
  bytes.fill(0);
  return text;
}

/** The fields of a frame. By slices, since splitting takes longer. @param {string} frame */
export function cut(frame) {
  const fields = [];
  for (let from = 0, end = 0; end >= 0; from = end + 1) {
    end = frame.indexOf("\0", from);
    fields.push(frame.slice(from, end < 0 ? undefined : end));
  }
  return fields;
}

/**
 * The error of its fields, of which those that are absent are empty.
 *
 * @param {(string | undefined)[]} fields
 * @param {string} [sent] the refresh token of the request, which stays valid if the response omits one
 * @returns {OAuthError}
 */
export function errorOf([code = "", message = "", retryable, ...rest], sent) {
  const [retryAfter, status, error, error_description, error_uri, tokens] = rest.map((text) => text || undefined);
  return new OAuthError(/** @type {OAuthErrorCode} */ (code), message, {
    retryable: !!retryable,
    retryAfter: retryAfter ? +retryAfter : undefined,
    status: status ? +status : undefined,
    error,
    error_description,
    error_uri,
    tokens: tokens ? tokenSet(JSON.parse(tokens), sent) : undefined,
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
 * A fresh state, a code verifier and its challenge, one after the other.
 *
 * @returns {string}
 * @throws {OAuthError} if there is no randomness
 */
export const attempt = () => guarded(drawn);

function drawn() {
  if (!draws) {
    draws = 1;
    try {
      // Inside a request: Workers refuse it at start-up.
      crypto.getRandomValues(view(wasm.random(), DRAWS * 64));
      draws = DRAWS;
    } catch {
      // The module reports that there is none.
    }
  }
  draws -= 1;
  taken(wasm.attempt(draws));
  // A view is detached when the memory grows.
  if (!texts.length) texts = view(wasm.attempt_texts(), 3 * BITS_256);
  return wiped(texts);
}

/**
 * Whether an access token needs no refresh yet. Times in seconds.
 *
 * @param {number | undefined} expires_at
 * @param {number} now
 * @param {number} leeway
 * @param {number} jitter from 0 to 1
 * @param {number} minValidity
 * @param {number} [issued_at]
 */
export function isFresh(expires_at, now, leeway, jitter, minValidity, issued_at) {
  // WebAssembly takes undefined as NaN.
  const end = /** @type {number} */ (expires_at);
  return !!wasm.is_fresh(end, now, leeway, jitter, minValidity, /** @type {number} */ (issued_at));
}

/**
 * Whether a caller accepts the tokens of a refresh that it joined. Times in seconds.
 *
 * @type {(issued: boolean, rejected: boolean, expires_at: number | undefined, now: number, minValidity: number) => boolean}
 */
export const joins = (...values) => {
  // WebAssembly takes a boolean as 1 or 0, and undefined as NaN.
  return !!wasm.joins(.../** @type {[any, any, any, number, number]} */ (values));
};
