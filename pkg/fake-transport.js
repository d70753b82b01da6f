// The network between the fake Zoho and the callers of its fetch, with its faults.

/**
 * @typedef {object} FakeResponse
 * @property {number} status
 * @property {[string, string][]} headers
 * @property {Uint8Array<ArrayBuffer>} body
 * @property {"reset" | "slow" | "stall" | "endless" | "unknown_host"} [fault]
 */

/** Statuses whose responses have no body. */
const BODILESS = [204, 205, 304];
const SPACES = new Uint8Array(65_536).fill(32);

/**
 * Settles as `promise` does, unless the signal aborts before: then it rejects with the signal's reason.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<T>}
 */
export async function untilAborted(promise, signal) {
  if (!signal) return promise;
  let onAbort = () => {};
  const aborted = new Promise((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (aborted)]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * A response of the fake as a Response, or as its fault of the network.
 *
 * @param {FakeResponse} response
 * @param {AbortSignal | null} [signal]
 * @returns {Promise<Response>}
 */
export async function respond({ status, headers, body, fault }, signal) {
  if (fault === "unknown_host") throw failure("getaddrinfo", "ENOTFOUND");
  if (fault === "reset") throw failure("read", "ECONNRESET");
  if (fault === "slow") return new Promise(() => {});
  if (BODILESS.includes(status)) return new Response(null, { status, headers });
  if (fault === "stall") return new Response(stream(stalled(body), signal), { status, headers });
  if (fault === "endless") return new Response(stream(endless(body), signal), { status, headers });
  return new Response(body, { status, headers });
}

/** The error with which Node's fetch rejects. @param {string} call @param {string} code */
function failure(call, code) {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(`${call} ${code}`), { code }) });
}

/**
 * The part of a body that arrives before it stalls.
 *
 * @template {Uint8Array} T
 * @param {T} body
 */
export function half(body) {
  return body.subarray(0, body.length >> 1);
}

/** @param {Uint8Array} body */
async function* stalled(body) {
  yield half(body);
  await new Promise(() => {});
}

/** A body without end. @param {Uint8Array} body */
export function* endless(body) {
  yield body;
  for (;;) yield SPACES.slice();
}

/**
 * A body that is made piece by piece as it is read, and that fails when the signal aborts.
 *
 * @param {Iterable<Uint8Array> | AsyncIterable<Uint8Array>} pieces
 * @param {AbortSignal | null} [signal]
 */
function stream(pieces, signal) {
  const source = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  let onAbort = () => {};
  return new ReadableStream({
    start(controller) {
      onAbort = () => controller.error(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      const { value } = await source.next();
      controller.enqueue(value);
    },
    cancel() {
      signal?.removeEventListener("abort", onAbort);
    },
  });
}
