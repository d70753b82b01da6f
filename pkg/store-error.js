// The errors of a store, as OAuthErrors of code `store`.

import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */

/**
 * @param {string} message
 * @param {import("./errors.js").ErrorDetails} [details]
 */
export function storeError(message, details) {
  return new OAuthError("store", message, details);
}

/**
 * Runs an operation of the store. What it throws becomes an OAuthError of code `store`, which holds the tokens that were
 * issued and are not saved. Where none were issued, an OAuthError stays as it is.
 *
 * @template T
 * @param {string} key
 * @param {() => Promise<T>} work
 * @param {TokenSet} [issued]
 * @returns {Promise<T>}
 */
export async function inStore(key, work, issued) {
  try {
    return await work();
  } catch (cause) {
    if (!issued && cause instanceof OAuthError) throw cause;
    const reason = cause instanceof OAuthError ? cause.message : "see `cause`";
    const message = issued
      ? `grant "${key}": its new tokens are not saved, because the store failed (${reason}): call again, which saves the \`tokens\` of this error first`
      : `grant "${key}": the store failed: see \`cause\`, then call again`;
    throw storeError(message, { retryable: true, cause, tokens: issued });
  }
}

/** @param {string} key @param {TokenSet} [tokens] that are not saved */
export function conflict(key, tokens) {
  const message = `grant "${key}" was changed by another process at every attempt to save it: try again`;
  return storeError(message, { retryable: true, tokens });
}
