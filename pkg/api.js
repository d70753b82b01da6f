// Calls of the resource server: which origins may receive the access token, and which errors a response reports about it.

import { defined, invalid } from "./check.js";
import { milliseconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { origin as newOrigin, report } from "./trace.js";
import { aborted, raced, readBody, unreachable } from "./transport.js";
import { call, cut } from "./wasm.js";

/** @typedef {Pick<import("./index.js").TokenSet, "access_token" | "scope" | "accounts_server" | "api_domain">} Token */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./trace.js").Origin} Origin */
/** @typedef {(wish: { rejected?: string | undefined, cause: number }, signal?: AbortSignal) => Promise<Token>} Fresh */
/** @typedef {{ url: string, init: RequestInit }} Call */

const MAX_REDIRECTS = 5;
/** Headers with credentials of the user, which are not sent to other origins. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];

/**
 * `fetch` with the `authorization` header of fresh tokens.
 *
 * @param {Settings} settings
 * @param {Fresh} fresh
 * @param {string | URL | Request} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function apiFetch(settings, fresh, input, init) {
  const request = readCall(input, init);
  const signal = request.init.signal ?? undefined;
  const origin = newOrigin();
  const cause = origin.id;
  let tokens = await fresh({ cause }, signal);
  let response = await follow(settings, origin, tokens, request);
  let challenge = await challengeOf(settings, response);
  if (challenge === "invalid_token" && isRepeatable(request.init.body)) {
    discard(response);
    tokens = await fresh({ cause, rejected: tokens.access_token }, signal);
    response = await follow(settings, origin, tokens, request);
    challenge = await challengeOf(settings, response);
  }
  if (challenge === "insufficient_scope") {
    discard(response);
    const granted = tokens.scope ? `, granted are ${tokens.scope}` : "";
    const message = `the access token lacks a scope for this call${granted}: send the user through a new authorization request with that scope`;
    throw new OAuthError("insufficient_scope", message, { status: response.status });
  }
  return response;
}

/** @param {string | URL | Request} input @param {RequestInit} [init] @returns {Call} */
function readCall(input, init = {}) {
  if (input instanceof Request) {
    const { url, method, headers, body, signal, redirect } = input;
    // fetch ignores members that are undefined, too.
    const given = { ...(body && { duplex: "half" }), ...defined(init) };
    return { url, init: { method, headers, body, signal, redirect, ...given } };
  }
  if (typeof input !== "string" && !(input instanceof URL))
    throw invalid("the input of fetch has another type: pass a path, a URL or a Request");
  return { url: `${input}`, init };
}

/** Whether a body can be sent again: a stream, of the platform or of Node, cannot. @param {any} body */
function isRepeatable(body) {
  return !(body instanceof ReadableStream || body?.[Symbol.asyncIterator]);
}

/** Releases the connection of a response. Not awaited, since it may never settle. @param {Response} response */
function discard({ body }) {
  body?.cancel().catch(() => {});
}

/**
 * Sends a call, and follows its redirects (Fetch 4.4). After a redirect to an origin that may not receive the token, no
 * credentials are sent.
 *
 * @param {Settings} settings
 * @param {Origin} origin
 * @param {Token} tokens
 * @param {Call} request
 * @returns {Promise<Response>}
 */
async function follow(settings, origin, tokens, { url: input, init }) {
  let { url, authorization } = target(settings, tokens, input);
  const headers = new Headers(init.headers);
  headers.set("authorization", authorization);
  /** @type {RequestInit} */
  let sent = { ...init, headers, redirect: "manual" };
  for (let hops = 0; ; hops += 1) {
    const response = await send(settings, origin, url, sent, tokens.access_token);
    const next = nextUrl(response, url, init.redirect);
    const changed = next && afterRedirect(response.status, sent, headers);
    if (!changed || hops === MAX_REDIRECTS) return response;
    discard(response);
    const isElsewhere = new URL(next).origin !== new URL(url).origin;
    [url, sent] = [next, changed];
    try {
      if (isElsewhere) target(settings, tokens, url);
    } catch {
      for (const name of CREDENTIALS) headers.delete(name);
    }
  }
}

/** @param {Settings} settings @param {Token} tokens @param {string} input */
function target(settings, { accounts_server = "", api_domain = "", access_token }, input) {
  const [url, scheme] = cut(call("api_target", settings, [accounts_server, api_domain, input]));
  return { url: /** @type {string} */ (url), authorization: `${scheme} ${access_token}` };
}

/** The target of a redirect that is to be followed. @param {Response} response @param {string} url @param {RequestRedirect} [mode] */
function nextUrl(response, url, mode) {
  const { status, headers } = response;
  if (mode === "manual" || !/^30[12378]$/.test(`${status}`)) return undefined;
  if (mode === "error") {
    discard(response);
    const message = 'the API responded with a redirect: call with redirect "follow" if it may';
    throw new OAuthError("unexpected_response", message, { status });
  }
  const location = headers.get("location");
  return location && URL.canParse(location, url) ? new URL(location, url).href : undefined;
}

/** The request after a redirect; undefined if the body cannot be sent again. @param {number} status @param {RequestInit} sent @param {Headers} headers */
function afterRedirect(status, sent, headers) {
  const method = (sent.method ?? "GET").toUpperCase();
  const becomesGet = status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
  if (!becomesGet) return isRepeatable(sent.body) ? sent : undefined;
  for (const name of [...headers.keys()]) if (name.startsWith("content-")) headers.delete(name);
  return { ...sent, method: "GET", body: null };
}

/** @param {Settings} settings @param {Origin} origin @param {string} url @param {RequestInit} init @param {string} token to redact in errors */
async function send(settings, origin, url, init, token) {
  const began = milliseconds(settings);
  try {
    // Unbound: runtimes reject a fetch that is called as a method of another object.
    const fetch = settings.fetch ?? globalThis.fetch;
    const response = await fetch(url, init);
    report(settings, origin, { step: "api", url, status: response.status }, undefined, began);
    return response;
  } catch (cause) {
    const sent = { url, authorization: "", body: `${new URLSearchParams({ token })}` };
    const error = init.signal?.aborted ? aborted(init.signal) : unreachable(sent, cause);
    report(settings, origin, { step: "api", url }, error, began);
    throw error;
  }
}

/** The error code that a response reports about the token (RFC 6750 3.1), in its header or else in its body. @param {Settings} settings @param {Response} response @returns {Promise<string>} */
async function challengeOf(settings, response) {
  const { status, headers } = response;
  if (status !== 401 && status !== 403) return "";
  const header = (headers.get("www-authenticate") ?? "").slice(0, 4096).replaceAll("\0", "");
  const ask = (/** @type {Uint8Array} */ body = new Uint8Array()) =>
    call("api_challenge", settings, [header], [status], body);
  const challenge = ask();
  const copy = !challenge && status === 401 ? response.clone().body : undefined;
  if (!copy) return challenge;
  // A body that does not arrive in time counts as one without an error code.
  return ask(await raced(() => readBody(copy), undefined, settings.timeoutMs).catch(() => undefined));
}
