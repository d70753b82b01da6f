// Forwards requests to the CRM. The Worker adds the access token, which the page never sees.

import { vaultFetch } from "grantkit/cloudflare";
import { clientOf } from "./clients.js";
import { vaultOf } from "./connection.js";
import { errorCodeOf } from "./error-details.js";
import { HttpError } from "./http-error.js";
import { requireSession } from "./session.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {ReturnType<typeof import("./request-events.js").eventRecorder>} EventRecorder */

const PREFIX = "/api";
/** Plain segments only. A server might decode any other segment into a different path. */
const CRM_PATH = /^\/crm(?:\/(?!\.+(?:\/|$))[\w.~-]+)+$/;
const FORWARDED_REQUEST_HEADERS = ["accept", "if-modified-since"];
const FORWARDED_RESPONSE_HEADERS = ["content-type", "last-modified"];
const TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * Calls the API with the grant of a session.
 *
 * @param {Context} c
 * @param {import("./session.js").Session} session
 * @param {string} path with its query
 * @param {Headers} headers
 * @param {EventRecorder} recorder
 * @returns {Promise<Response>}
 */
export async function callApi(c, session, path, headers, recorder) {
  const vault = vaultOf(c, session);
  const client = clientOf(c.get("config"), "web", { trace: recorder.trace });
  /** @type {Pick<typeof vault, "accessToken">} */
  const recordedVault = {
    async accessToken(options) {
      const at = Date.now();
      const event = recorder.add({ at, from: "worker", to: "vault", method: "RPC", path: "accessToken" });
      try {
        return await vault.accessToken(options);
      } catch (error) {
        event.code = errorCodeOf(error);
        throw error;
      } finally {
        event.durationMs = Date.now() - at;
      }
    },
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    // A followed redirect would serve the response of another server from this origin.
    return await vaultFetch(client, recordedVault, path, { headers, signal, redirect: "error" });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new HttpError(504, "timeout", "the CRM did not respond in time: try again later", true);
  }
}

/** @param {Context} c */
export async function crm(c) {
  const { pathname, search } = new URL(c.req.url);
  const path = pathname.slice(PREFIX.length);
  if (c.req.method !== "GET") {
    // RFC 9110 15.5.6.
    c.header("allow", "GET");
    throw new HttpError(405, "method_not_allowed", "this demo only reads records: use GET");
  }
  if (!CRM_PATH.test(path)) {
    throw new HttpError(404, "not_found", "this is not a path of the CRM: use one under /api/crm/v8/");
  }
  const session = await requireSession(c);
  c.set("session", session);
  const headers = new Headers();
  for (const name of FORWARDED_REQUEST_HEADERS) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  return forwardResponse(await callApi(c, session, path + search, headers, c.get("recorder")));
}

/** The response for the page: JSON, and the headers that are safe to forward. @param {Response} response */
async function forwardResponse({ status, headers: received, body }) {
  const headers = new Headers({ "cache-control": "no-store" });
  for (const name of FORWARDED_RESPONSE_HEADERS) {
    const value = received.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (!body || [204, 304].includes(status)) return new Response(null, { status, headers });
  // HTML from the CRM would run with this origin.
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(received.get("content-type") ?? "")) {
    await body.cancel();
    const message = `the CRM responded with HTTP ${status} and a body that is not JSON: try again later`;
    throw new HttpError(502, "unexpected_response", message, true);
  }
  return new Response(await readBody(body), { status, headers });
}

/** Reads the whole body before the response starts, so that a body that is cut off becomes an error. @param {ReadableStream<Uint8Array<ArrayBuffer>>} body */
async function readBody(body) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES) break;
    }
  } catch {
    throw new HttpError(502, "network", "the CRM's response was cut off or did not end in time: try again", true);
  }
  if (bytes <= MAX_BODY_BYTES) return new Blob(chunks);
  throw new HttpError(
    502,
    "malformed_response",
    "the CRM's response is larger than 4 MiB: request fewer records or fields",
  );
}
