import assert from "node:assert/strict";
import { inspect } from "node:util";
import { OAuthError } from "../../../../pkg/errors.js";

/** @typedef {import("../../../../pkg/index.js").GrantRecord} GrantRecord */

/** Part of every token; no error may show it. */
export const SECRET = "1000.5ecre7";

/**
 * @param {number} version
 * @param {Partial<GrantRecord>} [members]
 * @returns {GrantRecord}
 */
export const grant = (version, members) => ({
  version,
  tokens: { access_token: `${SECRET}.access`, token_type: "Bearer", refresh_token: `${SECRET}.refresh` },
  requests: [version],
  ...members,
});

/**
 * Asserts that a call fails with such an OAuthError which shows no secret, and returns the error.
 *
 * @param {Promise<unknown> | (() => unknown)} call
 * @param {import("../../../../pkg/index.js").OAuthErrorCode} code
 * @param {RegExp} message
 */
export async function assertFails(call, code, message) {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    assert.ok(error instanceof OAuthError, inspect(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), new RegExp(SECRET));
    return error;
  }
  assert.fail(`no error with code ${code}`);
}
