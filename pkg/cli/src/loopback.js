// Receives the redirect of an authorization on a port of this machine (RFC 8252 7.3, 8.3).

import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { Failure, hasCode, interrupted, usage } from "./failure.js";
import { HEADERS, page } from "./pages.js";

/** @typedef {import("node:http").Server} Server */

/** How long the browser has to fetch the last page, in milliseconds. */
const GRACE = 5000;

const ADDRESSES = /** @type {Record<string, string[]>} */ ({
  "127.0.0.1": ["127.0.0.1"],
  "[::1]": ["::1"],
  // Browsers try either.
  localhost: ["127.0.0.1", "::1"],
});

/** Checks that a redirect URI is one that this program can serve. @param {string} text */
export function loopbackUri(text) {
  const uri = URL.canParse(text) ? new URL(text) : undefined;
  if (uri?.protocol === "http:" && ADDRESSES[uri.hostname] && !uri.hash) {
    if (uri.port) return uri;
    throw usage(
      `${JSON.stringify(text)} has no port that this program can use: --redirect-uri is such as http://${uri.hostname}:8765/callback, exactly as registered`,
    );
  }
  throw usage(
    `${JSON.stringify(text)} is not at this machine: --redirect-uri is such as http://127.0.0.1:8765/callback, exactly as registered`,
  );
}

/**
 * Waits for the redirect, has its callback handled, and shows the browser how that went.
 *
 * @template T
 * @param {object} login
 * @param {string} login.redirect_uri as registered
 * @param {string} login.state of the attempt; what has another state is not for us, and does not end the wait
 * @param {(callback: string) => Promise<T>} login.handle
 * @param {() => Promise<void>} login.listening called once the browser may come
 * @param {number} login.seconds how long to wait
 * @param {AbortSignal} login.signal
 * @param {(run: () => void, ms: number) => () => void} [login.later] returns what calls it off
 * @returns {Promise<T>}
 */
export async function receiveRedirect({ redirect_uri, state, handle, listening, seconds, signal, later = timer }) {
  const uri = loopbackUri(redirect_uri);
  /** @type {Promise<T> | undefined} */
  let outcome;
  const arrived = signalling();
  const shown = signalling();
  const base = uri.pathname.replace(/\/$/, "");
  const [good, bad] = [`${base}/connected`, `${base}/failed`];

  /** @param {URL} url @returns {Promise<Answer>} */
  const answer = async (url) => {
    if (url.pathname === uri.pathname) {
      if (!belongs(url, state)) return STRAY;
      // A browser may ask twice; a code works once.
      outcome ??= handle(url.href);
      arrived.resolve();
      const place = await outcome.then(
        () => good,
        () => bad,
      );
      // On to an address without the code, which then stays out of the browser's history.
      return { status: 303, location: place };
    }
    if (!outcome || (url.pathname !== good && url.pathname !== bad)) return ABSENT;
    return { ...(url.pathname === good ? CONNECTED : FAILED), whenSent: shown.resolve };
  };

  const servers = await listen(uri, answer);
  const late = later(() => arrived.reject(timedOut(redirect_uri, seconds)), seconds * 1000);
  const leave = () => arrived.reject(interrupted());
  signal.addEventListener("abort", leave, { once: true });
  try {
    if (signal.aborted) leave();
    await Promise.race([arrived.promise, listening().then(() => arrived.promise)]);
    late();
    return await /** @type {Promise<T>} */ (/** @type {unknown} */ (outcome));
  } finally {
    late();
    if (outcome) {
      const enough = later(shown.resolve, GRACE);
      signal.addEventListener("abort", () => shown.resolve(), { once: true });
      await shown.promise;
      enough();
    }
    signal.removeEventListener("abort", leave);
    await Promise.all(servers.map(close));
  }
}

/** @typedef {{ status: number, title?: string, text?: string, location?: string, whenSent?: () => void }} Answer */

/** @type {Answer} */
const CONNECTED = { status: 200, title: "Connected", text: "You can close this page and go back to the terminal." };
/** @type {Answer} */
const FAILED = { status: 200, title: "Not connected", text: "The terminal says why, and what to do." };
/** @type {Answer} */
const ABSENT = { status: 404, title: "Nothing here", text: "This address waits for an answer of Zoho." };
/** @type {Answer} */
const STRAY = {
  status: 400,
  title: "Not the answer that is awaited",
  text: "It belongs to another login. Go on in the page that the terminal opened, or begin again there.",
};

/** Whether a callback is of this attempt. Whether it is also right is the library's to say. @param {URL} url @param {string} state */
function belongs(url, state) {
  const digest = (/** @type {string} */ text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(url.searchParams.getAll("state").join(" ")), digest(state));
}

/** @param {URL} uri @param {(url: URL) => Promise<Answer>} answer @returns {Promise<Server[]>} */
async function listen(uri, answer) {
  /** @type {Server[]} */
  const servers = [];
  try {
    for (const address of ADDRESSES[uri.hostname] ?? []) {
      const server = createServer((request, response) => {
        respond(request, response, uri, answer).catch(() => response.destroy());
      });
      server.listen(Number(uri.port), address);
      await once(server, "listening").catch((error) => {
        // A machine without IPv6.
        if (servers.length === 0 || !hasCode(error, "EADDRNOTAVAIL", "EAFNOSUPPORT")) throw error;
      });
      if (server.listening) servers.push(server);
    }
    return servers;
  } catch (cause) {
    await Promise.all(servers.map(close));
    throw new Failure(
      "usage",
      `cannot listen at ${uri.origin} (${/** @type {NodeJS.ErrnoException} */ (cause).code})`,
      {
        cause,
        hints: [
          "Perhaps another program, or another login, uses the port: end it, or register a redirect URI with another port",
          "at Zoho's API console, and give it with --redirect-uri.",
        ],
      },
    );
  }
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {URL} uri
 * @param {(url: URL) => Promise<Answer>} answer
 */
async function respond(request, response, uri, answer) {
  // A page elsewhere whose name was made to lead here would send its own name (DNS rebinding).
  const isHere = request.headers.host === uri.host && request.method === "GET";
  const target = `${uri.origin}${request.url}`;
  const {
    status,
    title = "",
    text = "",
    location,
    whenSent,
  } = isHere && URL.canParse(target) ? await answer(new URL(target)) : ABSENT;
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

/** A promise that others settle. */
function signalling() {
  /** @type {() => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  /** @type {Promise<void>} */
  const promise = new Promise((...settle) => {
    [resolve, reject] = settle;
  });
  // It may be rejected when nobody waits yet.
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
  return new Failure("timeout", `nobody came back from Zoho within ${seconds} s: run it again, and answer the page`, {
    hints: [
      `If Zoho showed "Invalid Redirect Uri": register ${redirect_uri} exactly so, or give --redirect-uri as it is registered.`,
      'If it showed "Invalid Client": the client is of another data centre than --location.',
      "If the browser runs on another machine than this: the redirect cannot come here.",
    ],
  });
}
