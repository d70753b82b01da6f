// What becomes of an error: a status, and words for whoever asked.

import { vaultError } from "grantkit/cloudflare";
import { HttpError } from "./http-error.js";

/** @typedef {import("grantkit").OAuthErrorCode} OAuthErrorCode */

/**
 * What may be told of a failure.
 *
 * @typedef {object} Told
 * @property {number} status of HTTP
 * @property {string} code
 * @property {string} message
 * @property {boolean} retryable
 * @property {number} [retryAfter] seconds
 */

/** @type {Record<OAuthErrorCode, number>} */
const STATUS = {
  invalid_configuration: 500,
  client_rejected: 500,
  authorization_response: 400,
  callback_mismatch: 400,
  code_rejected: 400,
  refresh_token_missing: 400,
  reauthorization_required: 401,
  insufficient_scope: 403,
  throttled: 429,
  unexpected_response: 502,
  malformed_response: 502,
  network: 502,
  store: 503,
  aborted: 503,
  timeout: 504,
};

/** What a redirect may carry (RFC 6749 4.1.2.1). Anything else is text of whoever wrote the URL. */
const REFUSALS = [
  "invalid_request",
  "unauthorized_client",
  "access_denied",
  "unsupported_response_type",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable",
];
const STRANGE = "the callback carries an error that OAuth does not know: check the client's registration, start again";

/** @param {unknown} thrown @returns {Told} */
export function told(thrown) {
  if (thrown instanceof HttpError) {
    const { status, code, message, retryable } = thrown;
    return { status, code, message, retryable };
  }
  const error = vaultError(thrown);
  if (!error) return unknown(thrown);
  const { code, retryable, retryAfter } = error;
  const isStrange = code === "authorization_response" && !REFUSALS.includes(error.error ?? "");
  const message = isStrange ? STRANGE : error.message;
  return { status: STATUS[code], code, message, retryable, ...(retryAfter !== undefined && { retryAfter }) };
}

/** @param {Told} told */
export function errorBody({ status: _, ...error }) {
  return { error };
}

/** The code of an error, for the events. @param {unknown} thrown */
export function codeOf(thrown) {
  return told(thrown).code;
}

/** A mistake of ours. Its message may hold anything, so the log gets the place alone. @param {unknown} thrown @returns {Told} */
function unknown(thrown) {
  const frames = thrown instanceof Error ? `${thrown.stack}`.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  console.error([`unexpected ${thrown instanceof Error ? thrown.name : typeof thrown}`, ...frames].join("\n"));
  const message = "this Worker has a bug, and its log says where: try again, or report it";
  return { status: 500, code: "internal", message, retryable: false };
}
