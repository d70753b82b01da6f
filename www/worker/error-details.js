// What a response says about an error: the HTTP status, code and message.

import { vaultError } from "grantkit/cloudflare";
import { HttpError } from "./http-error.js";

/** @typedef {import("grantkit").OAuthErrorCode} OAuthErrorCode */

/**
 * @typedef {object} ErrorDetails
 * @property {number} status HTTP status
 * @property {string} code
 * @property {string} message
 * @property {boolean} retryable
 * @property {number} [retryAfter] in seconds
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
  module_unavailable: 500,
  aborted: 503,
  timeout: 504,
};

/** The error codes of an authorization response (RFC 6749 4.1.2.1). The page shows no other text from a callback URL. */
const AUTHORIZATION_ERRORS = [
  "invalid_request",
  "unauthorized_client",
  "access_denied",
  "unsupported_response_type",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable",
];
const UNKNOWN_AUTHORIZATION_ERROR =
  "the callback contains an error code that OAuth does not define: check the client's registration and start again";

/** @param {unknown} thrown @returns {ErrorDetails} */
export function describeError(thrown) {
  if (thrown instanceof HttpError) {
    const { status, code, message, retryable } = thrown;
    return { status, code, message, retryable };
  }
  const error = vaultError(thrown);
  if (!error) return internalError(thrown);
  const { code, retryable, retryAfter } = error;
  const isUnknown = code === "authorization_response" && !AUTHORIZATION_ERRORS.includes(error.error ?? "");
  const message = isUnknown ? UNKNOWN_AUTHORIZATION_ERROR : error.message;
  return { status: STATUS[code], code, message, retryable, ...(retryAfter !== undefined && { retryAfter }) };
}

/** @param {ErrorDetails} details */
export function errorBody({ status: _, ...error }) {
  return { error };
}

/** @param {unknown} thrown */
export function errorCodeOf(thrown) {
  return describeError(thrown).code;
}

/** Logs the stack without the message, which may contain a secret. @param {unknown} thrown @returns {ErrorDetails} */
function internalError(thrown) {
  const frames = thrown instanceof Error ? `${thrown.stack}`.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  console.error([`unexpected ${thrown instanceof Error ? thrown.name : typeof thrown}`, ...frames].join("\n"));
  const message = "an unexpected error occurred in this Worker: try again, or report it with the stack from its log";
  return { status: 500, code: "internal", message, retryable: false };
}
