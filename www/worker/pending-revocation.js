// A grant whose session has ended while its accounts server could not revoke it: that is tried again, for a while.

import { vaultError } from "grantkit/cloudflare";
import { clientOf } from "./clients.js";
import { configOf } from "./config.js";

/**
 * @typedef {object} Unrevoked times are in milliseconds
 * @property {import("./vault.js").Kind} kind
 * @property {import("grantkit").TokenSet} tokens
 * @property {number} pause before each try
 * @property {number} until after which there is none
 */

const PAUSE = 300_000;
const PATIENCE = 86_400_000;

/** @param {import("./config.js").Config} config @param {Pick<Unrevoked, "kind" | "tokens">} grant @returns {Unrevoked} */
export function unrevoked({ life }, { kind, tokens }) {
  // A grant that was to be kept for an hour is not kept for a day.
  const patience = Math.min(PATIENCE, life.connected * 1000);
  return { kind, tokens, pause: Math.min(PAUSE, patience / 2), until: Date.now() + patience };
}

/** Tries to revoke it, and tells whether to try again. @param {import("./config.js").Env} env @param {Unrevoked} grant */
export async function isUnrevoked(env, { kind, tokens, until }) {
  try {
    await clientOf(configOf(env), kind, {}).revoke(tokens);
    return false;
  } catch (error) {
    return vaultError(error)?.retryable === true && Date.now() < until;
  }
}
