// The redirect flow for any server that speaks fetch. What is kept of an attempt is in a sealed cookie of its own, so that
// only the browser that began an attempt can end it (RFC 9700 4.7), and parallel tabs do not disturb each other.

import { encodeBase64Url } from "./base64url.js";
import { invalid, object, scopeText } from "./check.js";
import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").Pending} Pending */
/** @typedef {import("./index.js").Sealer} Sealer */

/**
 * The cookie of an attempt.
 *
 * @typedef {object} Attempt
 * @property {string} name
 * @property {string} value
 * @property {number} time when it was begun
 */

const PURPOSE = "grantkit/web";
const MAX_ATTEMPTS = 5;
/** What every browser keeps of a name and its value (RFC 6265bis 5.6). */
const MAX_BYTES = 4096;
/** For the cookies of all attempts: they share one line, of which some servers take 8 KiB, with those of the application. */
const MAX_SUM = 6144;

/** Browsers keep such a cookie only from the host itself, over TLS, for the whole host (RFC 6265bis 4.1.3.2). */
const HOST = "__Host-";
/** Prefix; time in base 36; what the attempt is found by. */
const NAME = /^(?:__Host-)?grantkit-([0-9a-z]{1,11})-[\w-]{16}$/;

/** @type {typeof import("./web.js").webFlow} */
export function webFlow(client, options) {
  const { sealer, scope, parameters = {} } = object("options", options);
  if (typeof client?.authorizationRequest !== "function") throw invalid("the client must be an OAuthClient");
  if (typeof sealer?.seal !== "function" || typeof sealer.unseal !== "function") {
    throw invalid("sealer must be a Sealer, such as sealer(key)");
  }
  scopeText(scope);
  object("parameters", parameters);

  return {
    async login(request, own = {}) {
      const kept = attemptsIn(request);
      const added = object("parameters", object("options", own).parameters ?? {});
      const asked = { scope: own.scope ?? scope, parameters: { ...parameters, ...added } };
      const { url, pending } = await client.authorizationRequest(asked);
      const return_to = ownPath(own.return_to, originOf(pending.redirect_uri));
      const begun = await seal(sealer, return_to ? { ...pending, return_to } : pending);
      const headers = new Headers({ location: url, "cache-control": "no-store" });
      const maxAge = pending.expires_at - pending.created_at;
      headers.append("set-cookie", setCookie(begun.name, begun.value, maxAge));
      for (const { name } of surplus(begun, kept)) headers.append("set-cookie", setCookie(name, "", 0));
      return new Response(null, { status: 303, headers });
    },

    async callback(request) {
      // The URL of this request holds a code, which no page may pass on (RFC 9700 4.2.4).
      const headers = new Headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
      try {
        const pending = await takeAttempt(sealer, request, headers);
        // Without the request's signal: the answer may hold the only copy of a refresh token.
        const tokens = await client.authorizationCodeGrant(request, pending);
        return { tokens, return_to: pending.return_to ?? "/", headers };
      } catch (error) {
        throw Object.defineProperty(Object(error), "headers", { value: headers, configurable: true });
      }
    },
  };
}

/**
 * What was kept of the attempt that a callback answers; `headers` get what clears its cookies, whatever comes of it.
 *
 * @param {Sealer} sealer
 * @param {Request} request
 * @param {Headers} headers
 * @returns {Promise<Pending>}
 */
async function takeAttempt(sealer, request, headers) {
  const kept = attemptsIn(request);
  if (request.method !== "GET") {
    throw mismatch(`the callback came by ${request.method}, and only a GET is read: leave response_mode away`);
  }
  const state = new URLSearchParams(/\?([^#]*)/.exec(request.url)?.[1]).get("state");
  if (!state) throw mismatch("the callback has no state");
  const id = await digest(state);
  const found = kept.filter(({ name }) => name.endsWith(`-${id}`));
  for (const { name } of found) headers.append("set-cookie", setCookie(name, "", 0));
  /** @type {unknown} */
  let cause;
  for (const { name, value } of found) {
    try {
      /** @type {Pending} */
      const pending = await inSealer(() => sealer.unseal(value, { purpose: PURPOSE }));
      // A name without the prefix may be the work of a neighbouring host, with an attempt of its own inside.
      if (name === nameOf(pending, id)) return pending;
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== "store" || error.retryable) throw error;
      cause = error;
    }
  }
  if (cause) throw mismatch("the cookie of this attempt does not open: it has expired, or was changed or cut", cause);
  throw mismatch(
    "this browser has no attempt that the callback answers: it was answered before, has expired, began elsewhere, or cookies are off",
  );
}

/** The cookies of attempts that a request brought. @param {Request} request @returns {Attempt[]} */
function attemptsIn(request) {
  if (typeof request?.url !== "string" || typeof request.headers?.get !== "function") {
    throw invalid("login and callback need the Request that came in");
  }
  return (request.headers.get("cookie") ?? "").split(";").flatMap((pair) => {
    // Of all that JavaScript calls space, browsers take off these two alone: any other would hide a prefix from them.
    const [name = "", value = ""] = pair.replace(/^[ \t]+/, "").split(/[= \t]/, 2);
    const [, time] = NAME.exec(name) ?? [];
    return time ? [{ name, value, time: Number.parseInt(time, 36) }] : [];
  });
}

/** The attempts that a new one leaves no room for: the oldest. @param {Attempt} begun @param {Attempt[]} kept */
function surplus(begun, kept) {
  let room = MAX_ATTEMPTS;
  let bytes = MAX_SUM;
  // Of the same second, the later stands behind (RFC 6265bis 5.8.3).
  const others = kept.filter(({ name }) => name.startsWith(HOST) === begun.name.startsWith(HOST)).reverse();
  return [begun, ...others.sort((a, b) => b.time - a.time)].filter(({ name, value }) => {
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
  // Plain http is for loopback alone, where not every browser keeps what is Secure.
  const prefix = /^https:/i.test(redirect_uri) ? HOST : "";
  return `${prefix}grantkit-${Number(created_at).toString(36)}-${id}`;
}

/** What an attempt is found by: its state is not to be read in a cookie's name. @param {string} state */
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
  throw invalid("webFlow needs a redirect_uri of https, or of http on loopback");
}

/**
 * The path that a user may be sent to afterwards.
 *
 * @param {unknown} return_to
 * @param {string} origin
 */
function ownPath(return_to, origin) {
  if (return_to === undefined || return_to === null || return_to === "") return undefined;
  // Browsers read a backslash as a slash, and leave tabs and line ends out.
  const isPlain = typeof return_to === "string" && !/[\\\p{Cc}]/u.test(return_to);
  const url = isPlain && URL.canParse(return_to, origin) ? new URL(return_to, origin) : undefined;
  const path = url && url.pathname + url.search + url.hash;
  // A path that begins with two slashes is a host where it is read again; "/.//host" is one.
  if (path && url.origin === origin && /^\/(?!\/)/.test(path)) return path;
  throw invalid(`return_to must be a path on ${origin}, such as /settings`);
}

/** Runs a sealer; what it throws is an OAuthError. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function inSealer(work) {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause;
    throw new OAuthError("store", "the sealer failed; see `cause`", { retryable: true, cause });
  }
}

/** @param {string} what @param {unknown} [cause] */
function mismatch(what, cause) {
  return new OAuthError("callback_mismatch", `${what}; start again with a new authorization request`, { cause });
}
