import assert from "node:assert/strict";
import test from "node:test";
import { CANARY } from "./run.mjs";

/**
 * Gives the results of a run, wherever it happened, to node:test.
 *
 * @param {string} runtime
 * @param {Awaited<ReturnType<typeof import("./run.mjs").run>>} outcome
 * @param {string} shown what the runtime's console printed meanwhile
 */
export function report(runtime, { results, secrets }, shown) {
  for (const { name, failure } of results) {
    test(`${runtime}: ${name}`, () => {
      if (failure) assert.fail(failure);
    });
  }
  test(`${runtime}: the console showed no secret`, () => {
    assert.ok(shown.includes(CANARY), "what the console printed was seen");
    assert.ok(secrets.length > 20, `${secrets.length} secrets passed through the suite`);
    for (const secret of secrets) assert.ok(!shown.includes(secret), `"${secret}" was printed`);
  });
}
