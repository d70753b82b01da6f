import assert from "node:assert/strict";
import test from "node:test";
import { CANARY } from "./run.mjs";

/**
 * The results of the suite in a runtime, and what the runtime's console printed.
 *
 * @typedef {{ outcome: Awaited<ReturnType<typeof import("./run.mjs").run>>, shown: string }} Ran
 */

/**
 * Reports each result of a run to node:test as a test.
 *
 * @param {string} runtime
 * @param {Ran} ran
 */
export function report(runtime, ran) {
  for (const { name, failure } of ran.outcome.results) {
    test(`${runtime}: ${name}`, () => {
      if (failure) assert.fail(failure);
    });
  }
  test(`${runtime}: the console shows no secret`, () => checkConsole(ran));
}

/** Fails unless the whole suite passed. @param {Ran} ran */
export function check(ran) {
  const failed = ran.outcome.results.filter(({ failure }) => failure);
  assert.equal(failed.map(({ name, failure }) => `${name}: ${failure}`).join("\n"), "");
  assert.ok(ran.outcome.results.length > 20, `${ran.outcome.results.length} tests ran`);
  checkConsole(ran);
}

/** @param {Ran} ran */
function checkConsole({ outcome: { secrets }, shown }) {
  assert.ok(shown.includes(CANARY), "the console's output was captured");
  assert.ok(secrets.length > 20, `${secrets.length} secrets passed through the suite`);
  for (const secret of secrets) assert.ok(!shown.includes(secret), `"${secret}" was printed`);
}
