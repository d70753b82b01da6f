// The errors of a store, as OAuthErrors of code `store`.

import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */

/** The member of a store that says where its records are, for messages. */
export const PLACE = /* @__PURE__ */ Symbol.for("grantkit.place");

/**
 * How long a caller waits for a lock, in milliseconds: longer than any token request, and than the lease of a holder that
 * died.
 */
export const LOCK_PATIENCE = 120_000;

/**
 * @param {string} message
 * @param {import("./errors.js").ErrorDetails} [details]
 */
export function storeError(message, details) {
  return new OAuthError("store", message, details);
}

/** @param {string} key @param {TokenSet} [tokens] that are not saved */
export function conflict(key, tokens) {
  const message = `grant "${key}" was changed by another process at every attempt to save it: try again`;
  return storeError(message, { retryable: true, tokens });
}
