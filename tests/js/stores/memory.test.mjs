import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTokenStore } from "../../../pkg/check-token-store.js";
import { createMemoryStore, memoryStore } from "../../../pkg/stores/memory.js";
import { assertFails, grant } from "./support/expect.mjs";
import { virtualTimers } from "./support/timers.mjs";

test("memoryStore passes the suite", async () => {
  await checkTokenStore(memoryStore);
});

test("an invalid key is rejected by every method", async () => {
  const store = createMemoryStore(virtualTimers());
  for (const odd of [undefined, null, "", 7, {}, "\ud800", "a\udc00b"]) {
    const key = /** @type {string} */ (odd);
    const message = /non-empty, well-formed string/;
    await assertFails(store.load(key), "invalid_configuration", message);
    await assertFails(store.save(key, grant(1), undefined), "invalid_configuration", message);
    await assertFails(store.delete(key), "invalid_configuration", message);
    await assertFails(
      store.lock(key, async () => assert.fail("ran")),
      "invalid_configuration",
      message,
    );
  }
});

test("a version that cannot be compared is rejected", async () => {
  const store = memoryStore();
  for (const version of [Number.NaN, 0.5, 2 ** 53, "1", undefined]) {
    await assertFails(
      store.save("a", grant(/** @type {number} */ (version)), undefined),
      "invalid_configuration",
      /safe integer/,
    );
  }
  await store.save("a", grant(1), undefined);
  await assertFails(
    store.save("a", grant(1), 1),
    "invalid_configuration",
    /equals the expected version: save it with /,
  );
  assert.deepEqual(await store.load("a"), grant(1));
});

test("a member named __proto__ is a member", async () => {
  const store = memoryStore();
  const tokens = JSON.parse('{"access_token":"x","token_type":"Bearer","__proto__":{"polluted":[1]}}');
  await store.save("a", grant(1, { tokens }), undefined);
  const loaded = await store.load("a");
  assert.equal(JSON.stringify(loaded?.tokens), JSON.stringify(tokens));
  assert.equal(loaded?.tokens.polluted, undefined);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("a lock is held while its holder renews it, and taken over afterwards", async () => {
  const timers = virtualTimers();
  const store = createMemoryStore(timers);
  /** @type {string[]} */
  const log = [];
  /** @type {Promise<unknown> | undefined} */
  let waiting;
  await store.lock("a", async () => {
    waiting = store.lock("a", async () => log.push("second"));
    for (let turn = 0; turn < 10; turn += 1) await timers.sleep(9_000);
    log.push("first");
  });
  await waiting;
  assert.deepEqual(log, ["first", "second"]);

  // A cancelled Workers request: its promise never settles, and its timers never fire.
  const { every } = timers;
  timers.every = () => () => {};
  void store.lock("b", () => new Promise(() => {}));
  await timers.sleep(0);
  timers.every = every;
  const before = timers.now();
  await store.lock("b", async () => log.push("after the lost lock"));
  assert.ok(timers.now() - before >= 30_000);
  assert.equal(log.pop(), "after the lost lock");
});

test("a waiter is rejected after 120 seconds if the holder still renews its lock", async () => {
  const timers = virtualTimers();
  const store = createMemoryStore(timers);
  let end = () => {};
  const held = store.lock("a", () => new Promise((resolve) => (end = () => resolve(undefined))));
  const error = await assertFails(
    store.lock("a", async () => assert.fail("ran")),
    "store",
    /"a" has been held by another process for 120 seconds: call again/,
  );
  assert.equal(error.retryable, true);
  end();
  await held;
});
