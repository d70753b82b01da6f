// An OAuthError on its way from a vault to a caller in another Worker. Only the message is certain to arrive: own members
// arrive only where both Workers have the compatibility flag enhanced_error_serialization. So the last line of the message
// holds them as JSON.

import { OAuthError } from "./errors.js";
import { messageOf } from "./stores/record.js";

/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */

/**
 * The members of an error that may be stored and sent.
 *
 * @typedef {object} Description
 * @property {OAuthErrorCode} code
 * @property {string} message
 * @property {boolean} retryable
 * @property {number | undefined} [retryAfter]
 * @property {number | undefined} [status]
 * @property {string | undefined} [error]
 * @property {string | undefined} [error_description]
 * @property {string | undefined} [error_uri]
 * @property {string | undefined} [next] if it is not the end of the message
 * @property {string | undefined} [cause] its message
 */

/**
 * What `vaultFetch` asks a vault for: an error with tokens as a value, since consoles and logs show the members and the
 * message of a thrown one.
 *
 * @typedef {{ minValidity?: number, rejected?: string, unsaved?: boolean }} Ask
 */

/** @typedef {{ failure: Description, tokens: import("./index.js").TokenSet }} Unsaved */

const MARK = "\nOAuthError ";
// A runtime puts the name in front of a message when it cannot keep it otherwise.
const SENT = /^(?:OAuthError: )?(.*)\nOAuthError (\{.*\})$/s;

/** @param {OAuthError} failure @returns {Description} */
export function describe(failure) {
  const { code, message, retryable, retryAfter, status, error, error_description, error_uri, cause } =
    /** @type {import("./index.js").OAuthError} */ (failure);
  const next = Object.hasOwn(failure, "next") ? failure.next : undefined;
  const reason = cause === undefined ? undefined : messageOf(cause);
  return { code, message, retryable, retryAfter, status, error, error_description, error_uri, next, cause: reason };
}

/**
 * The error to throw to a caller in another Worker: without the tokens that it may hold, and without its cause, which may
 * be any object.
 *
 * @param {Description} description
 */
export function toSend(description) {
  const { code, message, cause, ...details } = description;
  const { next } = fromDescription(description);
  const members = /** @type {import("./errors.js").ErrorDetails} */ ({ ...details, next });
  return new OAuthError(code, message + MARK + JSON.stringify({ code, ...details, cause }), members);
}

/** The error that was described. @param {Description} description @param {import("./index.js").TokenSet} [tokens] */
export function fromDescription({ code, message, cause, ...details }, tokens) {
  const members = /** @type {import("./errors.js").ErrorDetails} */ ({ ...details, tokens });
  return new OAuthError(code, message, cause === undefined ? members : { ...members, cause: new Error(cause) });
}

/** @type {typeof import("./cloudflare.js").vaultError} */
export function vaultError(thrown) {
  const [, message = "", line] = SENT.exec(thrown instanceof Error ? thrown.message : "") ?? [];
  const description = line && parsed(line);
  const error = description ? fromDescription({ ...description, message }) : thrown;
  return error instanceof OAuthError ? /** @type {import("./index.js").OAuthError} */ (error) : undefined;
}

/** @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
