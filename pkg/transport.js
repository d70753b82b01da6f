// One request and its response: the deadline, the caller's signal and the size cap, around either transport.

import { invalid } from "./check.js";
import { OAuthError } from "./errors.js";
import { withoutSecrets } from "./redact.js";
import { send as sendByRust } from "./wasm.js";

/** @typedef {{ url: string, authorization: string, body: string }} FormRequest */
/** @typedef {{ status: number, retryAfter: string, body: Uint8Array }} Received */
/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */

/** The largest body that is read, in bytes. */
const MAX_BODY = 256 * 1024;

/**
 * Sends a form and reads the whole response before the deadline.
 *
 * @param {FormRequest} request
 * @param {{ fetch?: Fetch | undefined, timeoutMs: number }} settings
 * @param {AbortSignal} [signal]
 * @returns {Promise<Received>}
 * @throws {OAuthError} network, timeout, aborted, malformed_response
 */
export async function exchange(request, { fetch, timeoutMs }, signal) {
  const controller = new AbortController();
  const work = () => perform(request, controller, fetch);
  const late = () => {
    const message = `${host(request.url)} did not respond within ${timeoutMs} ms: try again later, or raise timeoutMs`;
    return new OAuthError("timeout", message, { retryable: true });
  };
  try {
    return await raced(work, signal, timeoutMs, late);
  } catch (cause) {
    // Without a reason: every runtime then rejects with an Error of its own.
    controller.abort();
    throw cause instanceof OAuthError ? cause : unreachable(request, cause);
  }
}

/**
 * The result of some work, unless the signal or the deadline comes first.
 *
 * A race, since an abort is not enough: a fetch that is aborted while it inflates a body may never settle.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {AbortSignal | undefined} signal
 * @param {number} [timeoutMs] default: no deadline
 * @param {() => unknown} [late] makes the error for the deadline
 * @returns {Promise<T>}
 */
export function raced(work, signal, timeoutMs, late) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    if (signal && !signal.addEventListener) throw invalid("signal is not an AbortSignal: pass one, or omit it");
    /** @template V @param {(value: V) => void} settle */
    const ending = (settle) => (/** @type {V} */ value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      settle(value);
    };
    const stop = ending(reject);
    const timer = timeoutMs && setTimeout(() => stop(late?.()), timeoutMs);
    const onAbort = () => stop(aborted(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    work().then(ending(resolve), stop);
  });
}

/** @param {FormRequest} request @param {AbortController} controller @param {Fetch} [fetch] @returns {Promise<Received>} */
async function perform({ url, authorization, body: form }, controller, fetch) {
  // `mode`, `credentials` and `cache` stay unset, because Workers refuse some of their values, and a redirect is handed back
  // instead of followed.
  /** @type {RequestInit} */
  const init = {
    method: "POST",
    redirect: "manual",
    body: form,
    // A getter, because creating the signal costs more than the rest of this function, and not every fetch reads it.
    get signal() {
      return controller.signal;
    },
  };
  if (fetch) {
    init.headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
    if (authorization) init.headers.authorization = authorization;
  }
  const response = await (fetch ? fetch(url, init) : sendByRust(url, authorization, init));
  if (typeof response?.status !== "number" || response.type === "error") {
    throw new TypeError("fetch resolved to no Response: pass a fetch that resolves to one");
  }
  const { status, headers, body } = response;
  // 64 characters hold every number and date; an injected fetch may return any text.
  const retryAfter = (headers?.get("retry-after") ?? "").slice(0, 64).replaceAll("\0", "");
  return { status, retryAfter, body: body ? await readBody(body) : new Uint8Array() };
}

/** Reads chunk by chunk, so that a body without end costs no memory. @param {ReadableStream<Uint8Array>} body */
export async function readBody(body) {
  const reader = body.getReader();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    chunks.push(value);
    // A chunk may be empty, or have no byteLength because it is not bytes.
    if (!(size <= MAX_BODY && chunks.length <= MAX_BODY)) {
      // Not awaited: it may never settle.
      reader.cancel().catch(() => {});
      throw new OAuthError("malformed_response", "the response is larger than 256 KiB: check the endpoint");
    }
  }
  if (chunks.length === 1) return /** @type {Uint8Array} */ (chunks[0]);
  return new Uint8Array(await new Blob(/** @type {Uint8Array<ArrayBuffer>[]} */ (chunks)).arrayBuffer());
}

/** @param {AbortSignal} [signal] */
export function aborted(signal) {
  const message = "the caller's signal aborted the call: call again without it";
  return new OAuthError("aborted", message, { cause: signal?.reason });
}

/** @param {FormRequest} request @param {unknown} cause */
export function unreachable(request, cause) {
  const message = `no response from ${host(request.url)}: check the host name, the network and TLS, then try again; \`cause\` is the runtime's error`;
  return new OAuthError("network", message, { retryable: true, cause: withoutSecrets(cause, request) });
}

/** The host of a URL that may not parse. @param {string} url */
function host(url) {
  return url.split(/[/?]/)[2];
}
