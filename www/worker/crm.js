// The CRM through the vault: the Worker adds the token, and the page never sees it.

import { vaultFetch } from "grantkit/cloudflare";
import { clientOf } from "./clients.js";
import { vaultOf } from "./connection.js";
import { codeOf } from "./error-details.js";
import { HttpError } from "./http-error.js";
import { requireSession } from "./session.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {ReturnType<typeof import("./request-events.js").trail>} Trail */

const PREFIX = "/api";
/** Plain segments alone: none that a server might decode into another path. */
const PATH = /^\/crm(?:\/(?!\.+(?:\/|$))[\w.~-]+)+$/;
/** What passes on of the request, and what comes back of the answer. */
const ASKED = ["accept", "if-modified-since"];
const ANSWERED = ["content-type", "last-modified"];
const TIMEOUT_MS = 15_000;
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * A call of the API with the grant of a session.
 *
 * @param {Context} c
 * @param {import("./session.js").Session} session
 * @param {string} path with its query
 * @param {Headers} headers
 * @param {Trail} trail
 * @returns {Promise<Response>}
 */
export async function callApi(c, session, path, headers, trail) {
  const vault = vaultOf(c, session);
  const client = clientOf(c.get("config"), "web", { trace: trail.trace });
  /** @type {Pick<typeof vault, "accessToken">} */
  const watched = {
    async accessToken(options) {
      const at = Date.now();
      const asked = trail.add({ at, from: "worker", to: "vault", method: "RPC", path: "accessToken" });
      try {
        return await vault.accessToken(options);
      } catch (error) {
        asked.code = codeOf(error);
        throw error;
      } finally {
        asked.durationMs = Date.now() - at;
      }
    },
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    // Followed, a redirect would make what another server says an answer of this origin.
    return await vaultFetch(client, watched, path, { headers, signal, redirect: "error" });
  } catch (error) {
    throw signal.aborted
      ? new HttpError(504, "timeout", "the CRM did not answer in time: try again later", true)
      : error;
  }
}

/** @param {Context} c */
export async function crm(c) {
  const { pathname, search } = new URL(c.req.url);
  const path = pathname.slice(PREFIX.length);
  if (c.req.method !== "GET") {
    // RFC 9110 15.5.6.
    c.header("allow", "GET");
    throw new HttpError(405, "method_not_allowed", "this demo only reads: use GET");
  }
  if (!PATH.test(path)) throw new HttpError(404, "not_found", "the CRM has its records under /api/crm/v8/");
  const session = await requireSession(c);
  c.set("session", session);
  const headers = new Headers();
  for (const name of ASKED) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const answer = await callApi(c, session, path + search, headers, c.get("trail"));
  return passedOn(answer);
}

/** The answer with what the page may have of it. @param {Response} answer */
async function passedOn({ status, headers: sent, body }) {
  const headers = new Headers({ "cache-control": "no-store" });
  for (const name of ANSWERED) {
    const value = sent.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (!body || [204, 304].includes(status)) return new Response(null, { status, headers });
  // A page of another server would be one of this origin.
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(sent.get("content-type") ?? "")) {
    await body.cancel();
    const message = `the CRM answered HTTP ${status} with something that is no JSON: try again later`;
    throw new HttpError(502, "unexpected_response", message, true);
  }
  return new Response(await whole(body), { status, headers });
}

/** A body that came to its end: what breaks off, or never ends, is an error and not half an answer. @param {ReadableStream<Uint8Array<ArrayBuffer>>} body */
async function whole(body) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > MOST_BYTES) break;
    }
  } catch {
    throw new HttpError(502, "network", "the answer of the CRM broke off, or did not end in time: try again", true);
  }
  if (bytes <= MOST_BYTES) return new Blob(chunks);
  throw new HttpError(
    502,
    "malformed_response",
    "the answer of the CRM is larger than 4 MiB: ask for fewer records or fields",
  );
}
