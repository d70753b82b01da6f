// Where the demo listens, and that a start which fails leaves nothing running.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { build } from "../../www/build.mjs";
import { startAt } from "../../www/local/demo.mjs";
import { freePort } from "../../www/local/port.mjs";

/** A port that something listens at. @param {import("node:test").TestContext} t */
async function takenPort(t) {
  const server = createServer().listen(await freePort(), "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/** What keeps this process from its end. */
const holding = () => process.getActiveResourcesInfo().filter((name) => /Server|Process|Timeout/.test(name));

test("any port is below those of outgoing connections, which come and go", async () => {
  const port = await freePort();
  assert.ok(port >= 10_240 && port < 32_768, `${port}`);
});

test("a wanted port that is busy gives way to the next", async (t) => {
  const taken = await takenPort(t);
  /** @type {string[]} */
  const told = [];
  const found = await freePort(taken, (line) => told.push(line));
  assert.ok(found > taken);
  assert.equal(told[0], `Port ${taken} is busy, trying ${taken + 1}.`);
});

test("a demo whose port was taken in between ends whole", async (t) => {
  await build();
  const taken = await takenPort(t);
  await assert.rejects(startAt(taken, { log: () => {} }), { code: "ERR_ADDRESS_IN_USE" });
  // What was closed is gone some turns of the event loop later.
  for (let turns = 0; turns < 100 && holding().length > 1; turns += 1) await turn();
  assert.deepEqual(holding(), ["TCPServerWrap"]);
});
