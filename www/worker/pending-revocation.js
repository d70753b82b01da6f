// A grant that could not be revoked when its session ended. The vault retries the revocation for a limited time.

import { vaultError } from "grantkit/cloudflare";
import { clientOf } from "./clients.js";
import { configOf } from "./config.js";

/**
 * Times are in milliseconds. The vault stores this.
 *
 * @typedef {object} PendingRevocation
 * @property {import("./vault.js").Kind} kind
 * @property {import("grantkit").TokenSet} tokens
 * @property {number} pause between two attempts
 * @property {number} until no attempt is made after this time
 */

const MAX_PAUSE_MS = 300_000;
const MAX_DURATION_MS = 86_400_000;

/** @param {import("./config.js").Config} config @param {Pick<PendingRevocation, "kind" | "tokens">} grant @returns {PendingRevocation} */
export function pendingRevocation({ sessionSeconds }, { kind, tokens }) {
  // The tokens are not stored for longer than a session would have stored them.
  const duration = Math.min(MAX_DURATION_MS, sessionSeconds.connected * 1000);
  return { kind, tokens, pause: Math.min(MAX_PAUSE_MS, duration / 2), until: Date.now() + duration };
}

/**
 * Tries to revoke the grant.
 *
 * @param {import("./config.js").Env} env
 * @param {PendingRevocation} pending
 * @returns {Promise<boolean>} whether the revocation is still pending
 */
export async function retryRevocation(env, { kind, tokens, until }) {
  try {
    await clientOf(configOf(env), kind, {}).revoke(tokens);
    return false;
  } catch (error) {
    return vaultError(error)?.retryable === true && Date.now() < until;
  }
}
