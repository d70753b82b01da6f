// Operations of a store, and what it throws.

import { cleaned, redacting } from "./cause.js";
import { OAuthError } from "./errors.js";
import { storeError } from "./store-error.js";
import { isShown } from "./token-set.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */

/**
 * Runs an operation of the store. What it throws becomes an OAuthError of code `store`, which holds the tokens that were
 * issued and are not saved, and whose cause shows no token. Where none were issued, an OAuthError stays as it is.
 *
 * @template T
 * @param {string} key
 * @param {() => Promise<T>} work
 * @param {() => { issued?: TokenSet | undefined, known?: (TokenSet | undefined)[] }} [tokens] that were issued, and others that the store may show
 * @returns {Promise<T>}
 */
export async function inStore(key, work, tokens) {
  try {
    return await work();
  } catch (thrown) {
    const { issued, known = [] } = tokens?.() ?? {};
    const cause = withoutTokens(thrown, [issued, ...known]);
    if (!issued && cause instanceof OAuthError) throw cause;
    const reason = cause instanceof OAuthError ? cause.message : "see `cause`";
    const message = issued
      ? `grant "${key}": its new tokens are not saved, because the store failed (${reason}): call again, which saves the \`tokens\` of this error first`
      : `grant "${key}": the store failed: see \`cause\`, then call again`;
    throw storeError(message, { retryable: true, cause, tokens: issued });
  }
}

/** @param {unknown} thrown @param {(TokenSet | undefined)[]} known */
function withoutTokens(thrown, known) {
  const members = known.flatMap((tokens) => Object.entries(tokens ?? {}));
  const clean = redacting(members.filter(([name]) => !isShown(name)).map(([, value]) => value));
  if (!(thrown instanceof OAuthError)) return cleaned(thrown, clean);
  // It stays, since it may hold tokens that were issued.
  const message = clean(thrown.message);
  if (message !== thrown.message) thrown.message = message;
  if (thrown.cause !== undefined && !(thrown.cause instanceof OAuthError)) thrown.cause = cleaned(thrown.cause, clean);
  return thrown;
}
