// Receives the authorization response on a loopback port (RFC 8252 7.3, 8.3).

import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { HEADERS, page } from "./callback-page.js";
import { Failure, hasCode, interrupted, usage } from "./failure.js";

/** @typedef {import("node:http").Server} Server */

/** How long the browser has to fetch the last page. */
const GRACE_MS = 5000;

const ADDRESSES = /** @type {Record<string, string[]>} */ ({
  "127.0.0.1": ["127.0.0.1"],
  "[::1]": ["::1"],
  // Browsers may connect to either.
  localhost: ["127.0.0.1", "::1"],
});

/** A redirect URI that this program can serve. @param {string} text */
export function loopbackUri(text) {
  const uri = URL.canParse(text) ? new URL(text) : undefined;
  if (uri?.protocol === "http:" && ADDRESSES[uri.hostname] && !uri.hash) {
    if (uri.port) return uri;
    throw usage(
      `${JSON.stringify(text)} has no port that this program can use: give --redirect-uri exactly as registered, such as http://${uri.hostname}:8765/callback`,
    );
  }
  throw usage(
    `${JSON.stringify(text)} is not a loopback address: give --redirect-uri exactly as registered, such as http://127.0.0.1:8765/callback`,
  );
}

/**
 * Waits for the redirect, handles its callback, and shows the browser the result.
 *
 * @template T
 * @param {object} login
 * @param {string} login.redirect_uri as registered
 * @param {string} login.state of the attempt; a request with another state is refused, and does not end the wait
 * @param {(callback: string) => Promise<T>} login.handle
 * @param {() => Promise<void>} login.listening called when the port is open
 * @param {number} login.seconds how long to wait
 * @param {AbortSignal} login.signal
 * @param {(run: () => void, ms: number) => () => void} [login.later] returns a function that cancels it
 * @returns {Promise<T>}
 */
export async function receiveRedirect({ redirect_uri, state, handle, listening, seconds, signal, later = timer }) {
  const uri = loopbackUri(redirect_uri);
  /** @type {Promise<T> | undefined} */
  let outcome;
  const arrived = deferred();
  const shown = deferred();
  const base = uri.pathname.replace(/\/$/, "");
  const [good, bad] = [`${base}/connected`, `${base}/failed`];

  /** @param {URL} url @returns {Promise<Reply>} */
  const reply = async (url) => {
    if (url.pathname === uri.pathname) {
      if (!hasState(url, state)) return OTHER_ATTEMPT;
      // A browser may send the request twice; a code works once.
      outcome ??= handle(url.href);
      arrived.resolve();
      const location = await outcome.then(
        () => good,
        () => bad,
      );
      // A redirect to a URL without the code keeps the code out of the browser's history.
      return { status: 303, location };
    }
    if (!outcome || (url.pathname !== good && url.pathname !== bad)) return NOT_FOUND;
    return { ...(url.pathname === good ? CONNECTED : FAILED), whenSent: shown.resolve };
  };

  const servers = await listen(uri, reply);
  const cancelTimeout = later(() => arrived.reject(timedOut(redirect_uri, seconds)), seconds * 1000);
  const onAbort = () => arrived.reject(interrupted());
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    await Promise.race([arrived.promise, listening().then(() => arrived.promise)]);
    cancelTimeout();
    return await /** @type {Promise<T>} */ (/** @type {unknown} */ (outcome));
  } finally {
    cancelTimeout();
    if (outcome) {
      const cancelGrace = later(shown.resolve, GRACE_MS);
      signal.addEventListener("abort", () => shown.resolve(), { once: true });
      await shown.promise;
      cancelGrace();
    }
    signal.removeEventListener("abort", onAbort);
    await Promise.all(servers.map(close));
  }
}

/** @typedef {{ status: number, title?: string, text?: string, location?: string, whenSent?: () => void }} Reply */

/** @type {Reply} */
const CONNECTED = { status: 200, title: "Connected", text: "You can close this page and go back to the terminal." };
/** @type {Reply} */
const FAILED = { status: 200, title: "Not connected", text: "The terminal shows why, and what to do." };
/** @type {Reply} */
const NOT_FOUND = { status: 404, title: "Not found", text: "This address waits for a redirect from Zoho." };
/** @type {Reply} */
const OTHER_ATTEMPT = {
  status: 400,
  title: "Another login",
  text: "This redirect belongs to another login. Continue in the page that the terminal opened, or start again there.",
};

/** Whether a callback belongs to this attempt. The library validates the rest. @param {URL} url @param {string} state */
function hasState(url, state) {
  const digest = (/** @type {string} */ text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(url.searchParams.getAll("state").join(" ")), digest(state));
}

/** @param {URL} uri @param {(url: URL) => Promise<Reply>} reply @returns {Promise<Server[]>} */
async function listen(uri, reply) {
  /** @type {Server[]} */
  const servers = [];
  try {
    for (const address of ADDRESSES[uri.hostname] ?? []) {
      const server = createServer((request, response) => {
        respond(request, response, uri, reply).catch(() => response.destroy());
      });
      server.listen(Number(uri.port), address);
      await once(server, "listening").catch((error) => {
        // A machine without IPv6 serves localhost on IPv4 only.
        if (servers.length === 0 || !hasCode(error, "EADDRNOTAVAIL", "EAFNOSUPPORT")) throw error;
      });
      if (server.listening) servers.push(server);
    }
    return servers;
  } catch (cause) {
    await Promise.all(servers.map(close));
    throw new Failure(
      "usage",
      `cannot listen on ${uri.origin} (${/** @type {NodeJS.ErrnoException} */ (cause).code}): free the port, or use another`,
      {
        cause,
        hints: [
          "Another program, or another login, may use the port: end it, or register a redirect URI with another port in Zoho's",
          "API console, and give it with --redirect-uri.",
        ],
      },
    );
  }
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {URL} uri
 * @param {(url: URL) => Promise<Reply>} reply
 */
async function respond(request, response, uri, reply) {
  // DNS rebinding: a foreign page whose host name resolves to this machine sends that name as Host.
  const isExpected = request.headers.host === uri.host && request.method === "GET";
  const target = `${uri.origin}${request.url}`;
  const {
    status,
    title = "",
    text = "",
    location,
    whenSent,
  } = isExpected && URL.canParse(target) ? await reply(new URL(target)) : NOT_FOUND;
  const headers = { ...HEADERS, ...(location ? { location } : { "content-type": "text/html; charset=utf-8" }) };
  if (whenSent) response.once("close", whenSent);
  response.writeHead(status, headers).end(location ? undefined : page(title, text));
}

/** @param {Server} server @returns {Promise<void>} */
function close(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A promise with the functions that settle it. */
function deferred() {
  /** @type {() => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  /** @type {Promise<void>} */
  const promise = new Promise((...settle) => {
    [resolve, reject] = settle;
  });
  // A rejection before anything awaits it must not end the process.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** @param {() => void} run @param {number} ms */
function timer(run, ms) {
  const timeout = setTimeout(run, ms);
  return () => clearTimeout(timeout);
}

/** @param {string} redirect_uri @param {number} seconds */
function timedOut(redirect_uri, seconds) {
  return new Failure(
    "timeout",
    `no redirect from Zoho arrived within ${seconds} s: run this again, and complete Zoho's consent page`,
    {
      hints: [
        `If Zoho showed "Invalid Redirect Uri": register exactly ${redirect_uri}, or give --redirect-uri as it is registered.`,
        'If it showed "Invalid Client": the client is registered at another data centre than --location.',
        "If the browser runs on another machine: the redirect cannot reach this one.",
      ],
    },
  );
}
