// Operations of a store, and what it throws.

import { cleaned, redacting } from "./cause.js";
import { OAuthError } from "./errors.js";
import { storeError } from "./store-error.js";
import { isShown } from "./token-set.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */

/** Finds tokens in other forms than as they are, and tokens that are not known: dumps.js. @typedef {(isUnseen: boolean) => import("./cause.js").Read} Forms */

/**
 * Runs an operation of the store. What it throws becomes an OAuthError of code `store`, which holds the tokens that were
 * issued and are not saved, and whose cause shows no token. Where none were issued, an OAuthError stays as it is.
 *
 * @template T
 * @param {{ key: string, forms?: Forms | undefined }} place
 * @param {() => Promise<T>} work
 * @param {() => { issued: TokenSet | undefined, known: (TokenSet | undefined)[] }} tokens that were issued, and others that the store may show
 * @param {boolean} [isLoad] a load may show a record that was not seen yet
 * @returns {Promise<T>}
 */
export async function inStore({ key, forms }, work, tokens, isLoad) {
  try {
    return await work();
  } catch (thrown) {
    const { issued, known } = tokens();
    const all = [issued, ...known].filter(Boolean);
    const members = all.flatMap((one) => Object.entries(one ?? {})).filter(([name]) => !isShown(name));
    const secrets = members.map(([, value]) => value);
    const cause = withoutTokens(thrown, (isUnseen) => redacting(secrets, forms?.(isUnseen)), isLoad || !all.length);
    const isOwn = cause instanceof OAuthError;
    if (!issued && isOwn) throw cause;
    const reason = isOwn ? cause.message : "see `cause`";
    const message = issued
      ? `grant "${key}": its new tokens are not saved, because the store failed (${reason}): call again, which saves the \`tokens\` of this error first`
      : `grant "${key}": the store failed: see \`cause\`, then call again`;
    throw storeError(message, { retryable: true, cause, tokens: issued });
  }
}

/**
 * @param {unknown} thrown
 * @param {(isUnseen: boolean) => import("./cause.js").Clean} redactor
 * @param {boolean} isUnseen
 * @returns {unknown}
 */
function withoutTokens(thrown, redactor, isUnseen) {
  if (!isOwnError(thrown)) return cleaned(thrown, redactor(isUnseen));
  // It stays, since it may hold tokens that were issued. Its text is of this package, and quotes a driver at most.
  const clean = redactor(false);
  for (const name of /** @type {const} */ (["message", "stack"])) {
    const text = clean(`${thrown[name]}`);
    if (text !== thrown[name]) thrown[name] = text;
  }
  if (thrown.cause !== undefined) thrown.cause = withoutTokens(thrown.cause, redactor, isUnseen);
  return thrown;
}

/** @param {unknown} thrown @returns {thrown is OAuthError} */
function isOwnError(thrown) {
  try {
    return thrown instanceof OAuthError;
  } catch {
    // A proxy.
    return false;
  }
}
