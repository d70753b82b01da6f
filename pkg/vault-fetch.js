// Calls of the resource server with the tokens of a vault.

import { apiFetch } from "./api.js";
import { methods } from "./check.js";
import { OAuthError } from "./errors.js";
import { settingsOf } from "./settings.js";
import { storeError } from "./store-error.js";
import { tokenSet, unusable } from "./token-set.js";
import { raced } from "./transport.js";
import { fromDescription, vaultError } from "./vault-error.js";

/** @type {typeof import("./cloudflare.js").vaultFetch} */
export async function vaultFetch(client, vault, input, init) {
  const settings = await settingsOf(client);
  methods(
    vault,
    ["accessToken"],
    "the vault has no accessToken(): pass env.VAULT.getByName(name), and check its binding",
  );
  return apiFetch(settings, ({ rejected }, signal) => fresh(vault, rejected, signal), input, init);
}

/**
 * @param {import("./cloudflare.js").VaultTokens} vault
 * @param {string} [rejected]
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./api.js").Token>}
 */
async function fresh(vault, rejected, signal) {
  /** @type {import("./vault-error.js").Ask} */
  const options = rejected === undefined ? { unsaved: true } : { unsaved: true, rejected };
  /** @returns {Promise<import("./cloudflare.js").VaultToken & Partial<import("./vault-error.js").Unsaved>>} */
  const ask = async () => vault.accessToken(options);
  try {
    const token = await (signal ? raced(ask, signal) : ask());
    if (token.failure) throw fromDescription(token.failure, tokenSet(token.tokens));
    if (!unusable(token)) return token;
  } catch (thrown) {
    throw vaultError(thrown) ?? unreachable(thrown);
  }
  const message = "the vault's access token is not a token (RFC 6749 appendix A): save() the grant's tokens again";
  throw storeError(message);
}

/** The error for what the runtime throws when it cannot reach the object, and for a bug in the vault. @param {unknown} cause */
function unreachable(cause) {
  // The runtime marks errors after which a call may be repeated.
  const retryable = Object(cause).retryable === true;
  return new OAuthError("store", "the vault did not respond: see `cause`, then call again if `retryable` is true", {
    retryable,
    cause,
  });
}
