// Calls of the resource server with tokens of a vault.

import { apiFetch } from "./api.js";
import { OAuthError } from "./errors.js";
import { settingsOf } from "./settings.js";
import { raced } from "./transport.js";
import { vaultError } from "./vault-error.js";

/** @type {typeof import("./cloudflare.js").vaultFetch} */
export async function vaultFetch(client, vault, input, init) {
  const settings = await settingsOf(client);
  return apiFetch(settings, ({ rejected }, signal) => fresh(vault, rejected, signal), input, init);
}

/**
 * @param {import("./cloudflare.js").VaultTokens} vault
 * @param {string} [rejected]
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./api.js").Token>}
 */
async function fresh(vault, rejected, signal) {
  const ask = async () => vault.accessToken(rejected === undefined ? {} : { rejected });
  try {
    return await (signal ? raced(ask, signal) : ask());
  } catch (thrown) {
    throw vaultError(thrown) ?? unreachable(thrown);
  }
}

/** What the runtime throws when it cannot reach an object, and what a bug in the vault does. @param {unknown} cause */
function unreachable(cause) {
  // The runtime says of an error whether it may pass.
  const retryable = Object(cause).retryable === true;
  return new OAuthError("store", "the vault did not respond: see `cause`", { retryable, cause });
}
