// Calls of the resource server with the access token: where it may go, and what an answer says of it.

import { invalid } from "./check.js";
import { OAuthError } from "./errors.js";
import { codeOf, tell, withoutQuery } from "./settings.js";
import { aborted, readBody } from "./transport.js";
import { call } from "./wasm.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./settings.js").Prepared} Prepared */
/** @typedef {(refused?: string, signal?: AbortSignal) => Promise<TokenSet>} Fresh */
/** @typedef {{ url: string, init: RequestInit & { headers: Headers }, again: boolean }} Call */

const MAX_REDIRECTS = 5;

/**
 * `fetch` with the `authorization` header of fresh tokens.
 *
 * @param {Prepared} settings
 * @param {Fresh} fresh
 * @param {string | URL | Request} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function apiFetch(settings, fresh, input, init) {
  const request = readCall(input, init);
  const signal = request.init.signal ?? undefined;
  let tokens = await fresh(undefined, signal);
  let response = await follow(settings, tokens, request);
  let verdict = await judge(settings, response);
  if (verdict === "dead_token" && request.again) {
    tokens = await fresh(tokens.access_token, signal);
    response = await follow(settings, tokens, request);
    verdict = await judge(settings, response);
  }
  if (verdict === "scope") throw insufficientScope(response, tokens);
  return response;
}

/** @param {string | URL | Request} input @param {RequestInit} [init] @returns {Call} */
function readCall(input, init = {}) {
  if (input instanceof Request) {
    const { method, headers, body, signal } = input;
    const own = { method, body, signal, redirect: input.redirect, ...(body && { duplex: "half" }) };
    const merged = { ...own, ...init, headers: new Headers(init.headers ?? headers) };
    return { url: input.url, init: merged, again: isRepeatable(merged.body) };
  }
  if (typeof input !== "string" && !(input instanceof URL)) throw invalid("fetch takes a path, a URL or a Request");
  return { url: `${input}`, init: { ...init, headers: new Headers(init.headers) }, again: isRepeatable(init.body) };
}

/** A stream is gone once it was sent. @param {BodyInit | null | undefined} body */
function isRepeatable(body) {
  return !(body instanceof ReadableStream);
}

/**
 * Sends a call, and follows its redirects: with the token where it may go, without it elsewhere.
 *
 * @param {Prepared} settings
 * @param {TokenSet} tokens
 * @param {Call} request
 * @returns {Promise<Response>}
 */
async function follow(settings, tokens, request) {
  let { url, authorization } = target(settings, tokens, request.url);
  let { init } = request;
  for (let hops = 0; ; hops += 1) {
    const headers = new Headers(init.headers);
    if (authorization) headers.set("authorization", authorization);
    else headers.delete("authorization");
    const response = await send(settings, url, { ...init, headers, redirect: "manual" });
    const next = nextUrl(response, url);
    if (!next || (request.init.redirect ?? "follow") !== "follow") return response;
    const changed = afterRedirect(response.status, init);
    if (hops === MAX_REDIRECTS || !changed) return response;
    init = changed;
    url = next;
    try {
      authorization = target(settings, tokens, url).authorization;
    } catch {
      authorization = "";
    }
    await response.body?.cancel();
  }
}

/** @param {Prepared} settings @param {TokenSet} tokens @param {string} input */
function target({ packed }, { accounts_server = "", api_domain = "", access_token }, input) {
  const [url, scheme] = call("api_target", packed, [accounts_server, api_domain, input], []).split("\0");
  return { url: /** @type {string} */ (url), authorization: `${scheme} ${access_token}` };
}

/** Where a redirect leads; nothing for an answer that is none. @param {Response} response @param {string} url */
function nextUrl(response, url) {
  const location = [301, 302, 303, 307, 308].includes(response.status) && response.headers.get("location");
  return location && URL.canParse(location, url) ? new URL(location, url).href : undefined;
}

/** What to send after a redirect (Fetch 4.4); nothing where the body is gone. @param {number} status @param {Call["init"]} init */
function afterRedirect(status, init) {
  const method = (init.method ?? "GET").toUpperCase();
  const becomesGet = status === 303 ? method !== "HEAD" : [301, 302].includes(status) && method === "POST";
  if (!becomesGet) return isRepeatable(init.body) ? init : undefined;
  const headers = new Headers(init.headers);
  for (const name of ["content-type", "content-length", "content-encoding", "content-language"]) headers.delete(name);
  const { body: _body, ...rest } = init;
  return { ...rest, method: "GET", headers };
}

/** @param {Prepared} settings @param {string} url @param {RequestInit} init */
async function send(settings, url, init) {
  const event = { step: /** @type {const} */ ("api"), url: withoutQuery(url) };
  const began = settings.clock();
  const durationMs = () => settings.clock() - began;
  try {
    // Unbound, as every fetch wants to be called.
    const fetch = settings.fetch ?? globalThis.fetch;
    const response = await fetch(url, init);
    tell(settings, { ...event, status: response.status, durationMs: durationMs() });
    return response;
  } catch (cause) {
    const error = init.signal?.aborted
      ? aborted(init.signal)
      : new OAuthError(
          "network",
          `no answer from ${new URL(url).host}: try again; \`cause\` says what the runtime saw`,
          {
            retryable: true,
            cause,
          },
        );
    tell(settings, { ...event, durationMs: durationMs(), code: codeOf(error) });
    throw error;
  }
}

/** @param {Prepared} settings @param {Response} response @returns {Promise<string>} */
async function judge({ packed, timeoutMs }, response) {
  if (response.status !== 401 && response.status !== 403) return "";
  const header = (response.headers.get("www-authenticate") ?? "").slice(0, 4096).replaceAll("\0", "");
  const copy = response.clone().body;
  const body = copy && response.status === 401 ? await within(timeoutMs, readBody(copy)) : undefined;
  return call("api_answer", packed, [header], [response.status], body ?? new Uint8Array());
}

/** What comes in time; nothing else. @template T @param {number} ms @param {Promise<T>} work @returns {Promise<T | undefined>} */
async function within(ms, work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([work, /** @type {Promise<undefined>} */ (late)]).catch(() => undefined);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response @param {TokenSet} tokens */
function insufficientScope({ status }, { scope }) {
  const granted = scope ? `; granted are: ${scope}` : "";
  return new OAuthError(
    "insufficient_scope",
    `the access token lacks a scope for this call, which no refresh will bring: send the user again with that scope${granted}`,
    { status },
  );
}
