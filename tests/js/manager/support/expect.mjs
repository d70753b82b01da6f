import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { rejects as rejectsWith } from "../../support/plain.mjs";

/** Every token of these tests has the form of Zoho's tokens. */
const TOKEN = /1000\.[0-9a-f]{32}/;

/**
 * Asserts that a call rejects with such an OAuthError which shows no token, and returns the error.
 *
 * @param {Promise<unknown>} promise
 * @param {{ code: import("grantkit").OAuthErrorCode } & Record<string, unknown>} expected
 */
export async function rejects(promise, expected) {
  const error = await rejectsWith(promise, expected);
  assertNoToken(error);
  return error;
}

/** Asserts that a value shows no token in any way of printing it. @param {unknown} value */
export function assertNoToken(value) {
  for (const text of [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value) ?? "", String(value)]) {
    assert.doesNotMatch(text, TOKEN);
  }
}

/** Runs the event loop for as many turns as any pending work here needs, without timers. */
export async function flushTasks(turns = 60) {
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
}

/** Whether a promise stays pending after all other work is done. @param {Promise<unknown>} promise */
export async function isPending(promise) {
  const pending = Symbol("pending");
  const first = await Promise.race([promise.catch(() => {}), flushTasks().then(() => pending)]);
  return first === pending;
}

/** Runs the event loop until a condition holds. @param {() => boolean} condition */
export async function until(condition) {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn === 100_000) assert.fail(`never true: ${condition}`);
    await setImmediate();
  }
}

/** Events of servers, without what ties them to a flow. @param {import("grantkit").TraceEvent[]} events */
export function exchanges(events) {
  const ofServers = events.filter(({ step }) => step !== "store");
  return ofServers.map(({ id: _id, cause: _cause, phase: _phase, effect: _effect, ...event }) => event);
}
