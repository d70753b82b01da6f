import assert from "node:assert/strict";
import { machine } from "./grantkit.mjs";
import { zoho } from "./zoho.mjs";

/**
 * A machine with a grant of a Self Client, and the fake Zoho that issued it.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} [scope]
 */
export async function connected(t, scope) {
  const server = await zoho(t);
  const at = await machine(t);
  const { code, stderr } = await at.run(["self-client"], {
    env: { ...server.selfClient, ZOHO_CODE: server.code(scope) },
  });
  assert.equal(code, 0, stderr);
  return { ...server, ...at };
}
