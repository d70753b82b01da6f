// The port of the demo. A start that fails leaves nothing running.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import test from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { build } from "../../www/build.mjs";
import { startAt } from "../../www/local/demo.mjs";
import { freePort } from "../../www/local/port.mjs";

/** A port that is in use. @param {import("node:test").TestContext} t */
async function takenPort(t) {
  const server = createServer().listen(await freePort(), "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/** The resources that keep this process running. */
const activeResources = () => process.getActiveResourcesInfo().filter((name) => /Server|Process|Timeout/.test(name));

test("any port is below the ports of outgoing connections", async () => {
  const port = await freePort();
  assert.ok(port >= 10_240 && port < 32_768, `${port}`);
});

test("the next port is used if the wanted one is busy", async (t) => {
  const taken = await takenPort(t);
  /** @type {string[]} */
  const lines = [];
  const found = await freePort(taken, (line) => lines.push(line));
  assert.ok(found > taken);
  assert.equal(lines[0], `Port ${taken} is busy, trying ${taken + 1}.`);
});

test("a start at a port that is in use leaves nothing running", async (t) => {
  await build();
  const taken = await takenPort(t);
  await assert.rejects(startAt(taken, { log: () => {} }), { code: "ERR_ADDRESS_IN_USE" });
  // Closed resources disappear some turns of the event loop later.
  for (let turns = 0; turns < 100 && activeResources().length > 1; turns += 1) await nextTurn();
  assert.deepEqual(activeResources(), ["TCPServerWrap"]);
});
