import assert from "node:assert/strict";
import { machine } from "./grantkit.mjs";
import { zoho } from "./zoho.mjs";

/**
 * A machine with a grant of a Self Client, and the Zoho that it is of.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} [scope]
 */
export async function connected(t, scope) {
  const world = await zoho(t);
  const at = await machine(t);
  const { code, stderr } = await at.run(["self-client"], {
    env: { ...world.selfClient, ZOHO_CODE: world.code(scope) },
  });
  assert.equal(code, 0, stderr);
  return { ...world, ...at };
}
