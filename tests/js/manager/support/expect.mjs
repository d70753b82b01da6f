import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { OAuthError } from "grantkit";

/** Every token here, whichever server made it, looks as Zoho's do. */
const TOKEN = /1000\.[0-9a-f]{32}/;

/**
 * Waits for an error of ours and returns it, once it was looked through for tokens.
 *
 * @param {Promise<unknown>} promise
 * @param {{ code: import("grantkit").OAuthErrorCode } & Record<string, unknown>} expected
 * @returns {Promise<OAuthError>}
 */
export async function refused(promise, expected) {
  const error = await promise.then(
    (value) => assert.fail(`expected ${expected.code}, and it resolved to a ${typeof value}`),
    (reason) => reason,
  );
  assert.ok(error instanceof OAuthError, inspect(error));
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(error, name)]));
  assert.deepEqual(seen, expected, error.message);
  harmless(error);
  return error;
}

/** Asserts that a value shows no token, however closely a console looks. @param {unknown} value */
export function harmless(value) {
  for (const text of [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value) ?? "", String(value)]) {
    assert.doesNotMatch(text, TOKEN);
  }
}

/** What there is to do, done: as many turns of the event loop as anything here needs, and no time. */
export async function settle(turns = 60) {
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
}

/** Whether a promise has every chance to settle and does not. @param {Promise<unknown>} promise */
export async function isPending(promise) {
  const pending = Symbol("pending");
  const first = await Promise.race([promise.catch(() => {}), settle().then(() => pending)]);
  return first === pending;
}

/** Turns of the event loop until something is so. @param {() => boolean} condition */
export async function until(condition) {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn === 100_000) assert.fail(`never so: ${condition}`);
    await setImmediate();
  }
}
