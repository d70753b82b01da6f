import assert from "node:assert/strict";
import { inspect } from "node:util";
import { rejects as rejectsWith } from "../js/support/plain.mjs";

/** @typedef {import("grantkit").Pending} Pending */
/** @typedef {import("grantkit").TokenSet} TokenSet */

/**
 * Asserts that a call rejects with an OAuthError that has the expected members.
 *
 * @param {() => Promise<unknown>} call
 * @param {Record<string, unknown>} expected members of the error
 * @param {string[]} secrets that it must not show
 */
export async function rejects(call, expected, secrets = []) {
  const error = await rejectsWith(call(), expected);
  assertNotShown(`${inspect(error, { depth: null })}\n${error.stack}\n${JSON.stringify(error)}`, secrets);
}

/**
 * @param {string} text
 * @param {string[]} secrets
 */
export function assertNotShown(text, secrets) {
  for (const secret of secrets) assert.ok(!text.includes(secret), "shows a secret");
}

/** @param {TokenSet | Pending} value */
export function secretsOf(value) {
  const names = ["access_token", "refresh_token", "id_token", "code_verifier"];
  return names.flatMap((name) => Reflect.get(value, name) ?? []);
}

/**
 * @param {string} url
 * @param {string} parameter
 * @param {string | null} value null removes it
 */
export function withParameter(url, parameter, value) {
  const result = new URL(url);
  if (value === null) result.searchParams.delete(parameter);
  else result.searchParams.set(parameter, value);
  return result.href;
}
