// What a store throws, as one kind of error.

import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */

/**
 * Runs something with the store. What it throws becomes an OAuthError of code `store`, with the tokens that were issued and
 * are not saved.
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
    if (cause instanceof OAuthError && !(issued && cause.code === "store")) throw cause;
    const reason = cause instanceof OAuthError ? cause.message : "the store failed: see `cause`";
    const message = issued
      ? `grant "${key}": ${reason}; new tokens are in \`tokens\`, and the next call saves them first`
      : `grant "${key}": ${reason}`;
    throw new OAuthError("store", message, { retryable: true, cause, tokens: issued });
  }
}

/** @param {string} key @param {TokenSet} [tokens] that are not saved */
export function conflict(key, tokens) {
  const message = `grant "${key}" changed each time that it was to be saved: try again`;
  return new OAuthError("store", message, { retryable: true, tokens });
}
