// The redirect flow for servers with the fetch API. Each attempt has a sealed cookie, so that only the browser that started
// an attempt can complete it (RFC 9700 4.7), and parallel tabs do not disturb each other. The cookies have a fixed number of
// names, since requests that are sent at once do not show the cookies of each other, and no later one may clear them in time:
// a server rejects headers that are too long.

import { encodeBase64Url } from "./base64url.js";
import { cleaned, redacting } from "./cause.js";
import { invalid, knownMembers, methods, object, scopeText } from "./check.js";
import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").Pending} Pending */
/** @typedef {import("./index.js").Sealer} Sealer */

/**
 * The cookie of an attempt.
 *
 * @typedef {object} Attempt
 * @property {string} name
 * @property {string} id the digest of its state
 * @property {number} time when it was started, in seconds
 * @property {string} sealed
 * @property {number} bytes of name and value
 */

const PURPOSE = "grantkit/web";
/** The numbers at the end of a cookie's name. */
const SLOTS = [0, 1, 2, 3, 4];
/** A longer attempt, with a long return_to, has the first slot only. */
const LONG = 1024;
const MAX_BYTES = 2048;
/** For all attempts: some servers accept 8 KiB for the Cookie header, which also has the cookies of the application. */
const MAX_SUM = MAX_BYTES + (SLOTS.length - 1) * LONG;

/** The options of all attempts, and of one. */
const FLOW = ["sealer", "scope", "parameters"];
const LOGIN = ["return_to", "scope", "parameters"];

const START_AGAIN = "start again with a new authorization request";

/** Browsers store such a cookie only from the host itself, over TLS, for the whole host (RFC 6265bis 4.1.3.2). */
const HOST = "__Host-";
/** The slot. Or the time in base 36 and the digest of the state, as versions before the slots named a cookie. */
const NAME = /^(?:__Host-)?grantkit-(?:[0-4]|([0-9a-z]{1,11})-([\w-]{16}))$/;
/** The time in base 36, the digest of the state, and the sealed Pending. */
const VALUE = /^([0-9a-z]{1,11}):([\w-]{16}):(.*)$/;

/** @type {typeof import("./web.js").webFlow} */
export function webFlow(client, options) {
  knownMembers("webFlow", options, FLOW, "put it into parameters");
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
      knownMembers("login", own, LOGIN, "put it into parameters");
      const added = object("parameters", object("options", own).parameters ?? {});
      const requested = { scope: own.scope ?? scope, parameters: { ...parameters, ...added } };
      const { url, pending } = await client.authorizationRequest(requested);
      const return_to = ownPath(own.return_to, originOf(pending.redirect_uri));
      const attempt = await start(sealer, return_to ? { ...pending, return_to } : pending, earlier);
      const headers = new Headers({ location: url, "cache-control": "no-store" });
      const maxAge = pending.expires_at - pending.created_at;
      headers.append("set-cookie", setCookie(attempt.name, cookieValue(attempt), maxAge));
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
  const found = attempts.filter((attempt) => attempt.id === id);
  for (const { name } of found) headers.append("set-cookie", setCookie(name, "", 0));
  /** @type {unknown} */
  let cause;
  for (const { name, sealed } of found) {
    try {
      /** @type {Pending} */
      const pending = await inSealer(() => sealer.unseal(sealed, { purpose: PURPOSE }), [sealed]);
      // A cookie without the prefix may have been set by a sibling host, with an attempt of its own.
      if (name.startsWith(HOST) === (prefixOf(pending) === HOST)) return pending;
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
    "this browser has no cookie of the attempt, since it has ended, has expired, was started in another browser, made room for later ones, or cookies are off",
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
    const named = NAME.exec(name);
    if (!named) return [];
    const [time = "0", id = "", sealed = ""] = named[1]
      ? [named[1], named[2], value]
      : (VALUE.exec(value)?.slice(1) ?? []);
    return [{ name, id, time: Number.parseInt(time, 36), sealed, bytes: name.length + value.length }];
  });
}

/** The oldest attempts of names before the slots, which do not fit beside a new one. @param {Attempt} started @param {Attempt[]} earlier */
function surplus(started, earlier) {
  let room = SLOTS.length;
  let bytes = MAX_SUM;
  const isOther = (/** @type {Attempt} */ { name }) =>
    name !== started.name && name.startsWith(HOST) === started.name.startsWith(HOST);
  // Of the same second, the later one comes last (RFC 6265bis 5.8.3).
  const others = earlier.filter(isOther).reverse();
  return [started, ...others.sort((a, b) => b.time - a.time)].filter((attempt) => {
    room -= 1;
    bytes -= attempt.bytes;
    return room < 0 || bytes < 0;
  });
}

/** @param {Sealer} sealer @param {Pending} pending @param {Attempt[]} earlier @returns {Promise<Attempt>} */
async function start(sealer, pending, earlier) {
  const { state, created_at: time, expires_at } = pending;
  const id = await digest(state);
  const seal = () => sealer.seal(pending, { purpose: PURPOSE, maxAge: expires_at - time });
  const sealed = await inSealer(seal, [state, pending.code_verifier]);
  const first = `${prefixOf(pending)}grantkit-0`;
  const bytes = first.length + cookieValue({ time, id, sealed }).length;
  if (bytes > MAX_BYTES) {
    throw invalid(`the attempt does not fit into a cookie of ${MAX_BYTES} bytes: shorten return_to`);
  }
  const names = bytes > LONG ? [first] : SLOTS.map((slot) => first.replace("0", `${slot}`));
  const free = names.filter((name) => !earlier.some((taken) => taken.name === name));
  const [oldest] = earlier.filter(({ name }) => names.includes(name)).sort((a, b) => a.time - b.time);
  // Requests that are sent at once see the same free slots, so that each takes one by its id, which is random.
  const name = free[id.charCodeAt(0) % free.length] ?? oldest?.name ?? first;
  return { name, id, time, sealed, bytes };
}

/** @param {Pick<Attempt, "time" | "id" | "sealed">} attempt */
function cookieValue({ time, id, sealed }) {
  return `${time.toString(36)}:${id}:${sealed}`;
}

/** The start of the names of its cookies. @param {unknown} pending */
function prefixOf(pending) {
  // Plain http is for loopback only, where not every browser stores Secure cookies.
  return /^https:/i.test(Object(pending).redirect_uri) ? HOST : "";
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

/** Runs a sealer. Its errors become OAuthErrors. @template T @param {() => Promise<T>} work @param {string[]} secrets that it was given @returns {Promise<T>} */
async function inSealer(work, secrets) {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause;
    throw new OAuthError("store", "the sealer failed: see `cause`, then try again", {
      retryable: true,
      cause: cleaned(cause, redacting(secrets)),
    });
  }
}

/** @param {string} what @param {string} next @param {unknown} [cause] */
function mismatch(what, next, cause) {
  return new OAuthError("callback_mismatch", `${what}: ${next}`, { cause });
}
