// The redirect flow for servers with the fetch API. Each attempt has a sealed cookie, so that only the browser that started
// an attempt can complete it (RFC 9700 4.7), and parallel tabs do not disturb each other.

import { encodeBase64Url } from "./base64url.js";
import { invalid, methods, object, scopeText } from "./check.js";
import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").Pending} Pending */
/** @typedef {import("./index.js").Sealer} Sealer */

/**
 * The cookie of an attempt.
 *
 * @typedef {object} Attempt
 * @property {string} name
 * @property {string} value
 * @property {number} time when it was started, in seconds
 */

const PURPOSE = "grantkit/web";
const MAX_ATTEMPTS = 5;
/** The longest name and value that every browser stores (RFC 6265bis 5.6). */
const MAX_BYTES = 4096;
/** For all attempts: some servers accept 8 KiB for the Cookie header, which also has the cookies of the application. */
const MAX_SUM = 6144;

const START_AGAIN = "start again with a new authorization request";

/** Browsers store such a cookie only from the host itself, over TLS, for the whole host (RFC 6265bis 4.1.3.2). */
const HOST = "__Host-";
/** The prefix, the time in base 36, and the digest of the state. */
const NAME = /^(?:__Host-)?grantkit-([0-9a-z]{1,11})-[\w-]{16}$/;

/** @type {typeof import("./web.js").webFlow} */
export function webFlow(client, options) {
  const { sealer, scope, parameters = {} } = object("options", options);
  methods(
    client,
    ["authorizationRequest"],
    "the client is not an OAuthClient: create one with new OAuthClient(config)",
  );
  methods(sealer, ["seal", "unseal"], "the sealer is not a Sealer: pass sealer(keys)");
  scopeText(scope);
  object("parameters", parameters);

  return {
    async login(request, own = {}) {
      const earlier = attemptsIn(request);
      const added = object("parameters", object("options", own).parameters ?? {});
      const requested = { scope: own.scope ?? scope, parameters: { ...parameters, ...added } };
      const { url, pending } = await client.authorizationRequest(requested);
      const return_to = ownPath(own.return_to, originOf(pending.redirect_uri));
      const attempt = await seal(sealer, return_to ? { ...pending, return_to } : pending);
      const headers = new Headers({ location: url, "cache-control": "no-store" });
      const maxAge = pending.expires_at - pending.created_at;
      headers.append("set-cookie", setCookie(attempt.name, attempt.value, maxAge));
      for (const { name } of surplus(attempt, earlier)) headers.append("set-cookie", setCookie(name, "", 0));
      return new Response(null, { status: 303, headers });
    },

    async callback(request) {
      // The URL of this request contains a code, which must not reach other sites (RFC 9700 4.2.4).
      const headers = new Headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
      try {
        const pending = await takeAttempt(sealer, request, headers);
        // Without the request's signal: the response may contain the only copy of a refresh token.
        const tokens = await client.authorizationCodeGrant(request, pending);
        return { tokens, return_to: pending.return_to ?? "/", headers };
      } catch (error) {
        throw Object.defineProperty(Object(error), "headers", { value: headers, configurable: true });
      }
    },
  };
}

/**
 * The Pending of the attempt that a callback belongs to. Adds to `headers` what clears the cookies of the attempt, also
 * if it throws.
 *
 * @param {Sealer} sealer
 * @param {Request} request
 * @param {Headers} headers
 * @returns {Promise<Pending>}
 */
async function takeAttempt(sealer, request, headers) {
  const attempts = attemptsIn(request);
  if (request.method !== "GET") {
    throw mismatch(`the callback came by ${request.method} instead of GET`, "omit response_mode, and start again");
  }
  const state = new URLSearchParams(/\?([^#]*)/.exec(request.url)?.[1]).get("state");
  if (!state) throw mismatch("the callback has no state", START_AGAIN);
  const id = await digest(state);
  const found = attempts.filter(({ name }) => name.endsWith(`-${id}`));
  for (const { name } of found) headers.append("set-cookie", setCookie(name, "", 0));
  /** @type {unknown} */
  let cause;
  for (const { name, value } of found) {
    try {
      /** @type {Pending} */
      const pending = await inSealer(() => sealer.unseal(value, { purpose: PURPOSE }));
      // A cookie without the prefix may have been set by a sibling host, with an attempt of its own.
      if (name === nameOf(pending, id)) return pending;
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== "store" || error.retryable) throw error;
      cause = error;
    }
  }
  if (cause) {
    throw mismatch(
      "the cookie of this attempt cannot be unsealed, since it has expired or was changed",
      START_AGAIN,
      cause,
    );
  }
  throw mismatch(
    "this browser has no cookie of the attempt, since it has ended, has expired, was started in another browser, or cookies are off",
    START_AGAIN,
  );
}

/** The cookies of attempts in a request. @param {Request} request @returns {Attempt[]} */
function attemptsIn(request) {
  if (typeof request?.url !== "string" || typeof request.headers?.get !== "function") {
    throw invalid("login or callback got no Request: pass the Request that the server received");
  }
  return (request.headers.get("cookie") ?? "").split(";").flatMap((pair) => {
    // Browsers trim only these two of the characters that JavaScript trims: any other would hide a prefix from them.
    const [name = "", value = ""] = pair.replace(/^[ \t]+/, "").split(/[= \t]/, 2);
    const [, time] = NAME.exec(name) ?? [];
    return time ? [{ name, value, time: Number.parseInt(time, 36) }] : [];
  });
}

/** The oldest attempts, which do not fit beside a new one. @param {Attempt} started @param {Attempt[]} earlier */
function surplus(started, earlier) {
  let room = MAX_ATTEMPTS;
  let bytes = MAX_SUM;
  // Of the same second, the later one comes last (RFC 6265bis 5.8.3).
  const others = earlier.filter(({ name }) => name.startsWith(HOST) === started.name.startsWith(HOST)).reverse();
  return [started, ...others.sort((a, b) => b.time - a.time)].filter(({ name, value }) => {
    room -= 1;
    bytes -= name.length + value.length;
    return room < 0 || bytes < 0;
  });
}

/** @param {Sealer} sealer @param {Pending} pending @returns {Promise<Attempt>} */
async function seal(sealer, pending) {
  const { state, created_at, expires_at } = pending;
  const name = nameOf(pending, await digest(state));
  const value = await inSealer(() => sealer.seal(pending, { purpose: PURPOSE, maxAge: expires_at - created_at }));
  if (name.length + value.length > MAX_BYTES) {
    throw invalid(`the attempt does not fit into a cookie of ${MAX_BYTES} bytes: shorten return_to`);
  }
  return { name, value, time: created_at };
}

/** @param {Pending} pending @param {string} id */
function nameOf(pending, id) {
  const { redirect_uri, created_at } = Object(pending);
  // Plain http is for loopback only, where not every browser stores Secure cookies.
  const prefix = /^https:/i.test(redirect_uri) ? HOST : "";
  return `${prefix}grantkit-${Number(created_at).toString(36)}-${id}`;
}

/** Identifies an attempt. A digest, so that the name of a cookie does not show the state. @param {string} state */
async function digest(state) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(state)));
  return encodeBase64Url(bytes.subarray(0, 12));
}

/** @param {string} name @param {string} value @param {number} maxAge seconds; 0 clears */
function setCookie(name, value, maxAge) {
  const secure = name.startsWith(HOST) ? "; Secure" : "";
  return `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

/** @param {string} redirect_uri */
function originOf(redirect_uri) {
  const { protocol, hostname, origin } = new URL(redirect_uri);
  const isLoopback = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === "https:" || (protocol === "http:" && isLoopback)) return origin;
  // RFC 9700 2.6: no authorization response in clear over a network.
  throw invalid("the redirect_uri is neither https nor http on loopback: register and set one that is");
}

/**
 * The path to send the user to afterwards, checked.
 *
 * @param {unknown} return_to
 * @param {string} origin
 */
function ownPath(return_to, origin) {
  if (return_to === undefined || return_to === null || return_to === "") return undefined;
  // Browsers read a backslash as a slash, and drop tabs and line ends.
  const isPlain = typeof return_to === "string" && !/[\\\p{Cc}]/u.test(return_to);
  const url = isPlain && URL.canParse(return_to, origin) ? new URL(return_to, origin) : undefined;
  const path = url && url.pathname + url.search + url.hash;
  // A path that begins with two slashes, as that of "/.//host" does, is a host when it is resolved again.
  if (path && url.origin === origin && /^\/(?!\/)/.test(path)) return path;
  throw invalid(`return_to is not a path on ${origin}: pass one such as /settings`);
}

/** Runs a sealer. Its errors become OAuthErrors. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function inSealer(work) {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause;
    throw new OAuthError("store", "the sealer failed: see `cause`, then try again", { retryable: true, cause });
  }
}

/** @param {string} what @param {string} next @param {unknown} [cause] */
function mismatch(what, next, cause) {
  return new OAuthError("callback_mismatch", `${what}: ${next}`, { cause });
}
