// A store with only load, save and delete: processes coordinate by the mark in the record.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { flushTasks, rejects, until } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME } from "./support/setup.mjs";
import { instrumentedStore, withoutLock } from "./support/stores.mjs";

/** Seconds after which a mark is stale: its process no longer tries to save tokens. */
const LEASE = 30;

/** @param {Partial<import("grantkit").ClientConfig>} [config] */
async function expired(config) {
  const server = rotatingServer(config);
  const instrumented = instrumentedStore();
  const store = withoutLock(instrumented.store);
  const manager = await server.managerOf(store);
  server.time.now += LIFETIME;
  const stored = async () => {
    const record = await store.load("default");
    if (!record) throw new Error("the store has no record");
    return record;
  };
  /** Saves the mark of another process that is `seconds` old. @param {number} seconds */
  const mark = async (seconds) => {
    const { request_ended_at: _, ...record } = await stored();
    const refreshing_since = server.time.now - seconds;
    await store.save("default", { ...record, version: record.version + 1, refreshing_since }, record.version);
  };
  return { ...server, ...instrumented, store, manager, stored, mark };
}

test("a manager waits for the mark of another process and takes its tokens", async (t) => {
  const { store, manager, mark, client, first, state, time, counts } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await mark(0);
  const call = manager.accessToken();
  await flushTasks();
  for (let poll = 1; poll <= 8; poll += 1) {
    const { load } = counts;
    time.now += poll % 2;
    await flushTasks();
    t.mock.timers.tick(250);
    await until(() => counts.load === load + 1);
  }
  await new TokenManager(client, store).save({ ...first(), access_token: access(8), refresh_token: refresh(8) });
  await flushTasks();
  t.mock.timers.tick(250);
  assert.equal(await call, access(8));
  assert.deepEqual(state.presented, []);
});

test("a manager waits for the mark of a dead process until its request must have ended, and no longer", async (t) => {
  const { manager, mark, state, time, stored, counts } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await mark(0);
  const call = manager.accessToken();
  await flushTasks();
  time.now += LEASE - 1;
  for (let poll = 0; poll < 4; poll += 1) {
    const { load } = counts;
    await flushTasks();
    t.mock.timers.tick(250);
    await until(() => counts.load === load + 1);
  }
  assert.deepEqual(state.presented, []);
  time.now += 1;
  await flushTasks();
  t.mock.timers.tick(250);
  assert.equal(await call, access(2));
  assert.deepEqual(state.presented, [refresh(1)]);
  assert.equal((await stored()).refreshing_since, undefined);
});

test("that time depends on timeoutMs", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, mark, state, time } = await expired({ timeoutMs: 30_001 });
  await mark(35);
  const call = manager.accessToken();
  await flushTasks();
  t.mock.timers.tick(250);
  await flushTasks();
  assert.deepEqual(state.presented, []);
  time.now += 1;
  t.mock.timers.tick(250);
  assert.equal(await call, access(2));
});

test("a caller for whom the old token is enough does not wait for a mark", async () => {
  const { store, manager, mark, first, time, client } = await expired();
  await new TokenManager(client, store).save({ ...first(), expires_at: time.now + 100 });
  await mark(0);
  assert.equal(await manager.accessToken(), access(1));
});

test("a manager does not wait for its own mark after its request ended", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, state, stored, time } = await expired();
  state.onRequest = () => Promise.reject(new TypeError("fetch failed"));
  for (let call = 0; call < 3; call += 1) {
    await rejects(manager.accessToken(), { code: "network" });
    assert.equal((await stored()).refreshing_since, time.now);
  }
  state.onRequest = undefined;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 4);
});

test("another process's mark of the same second is not taken for its own", async (t) => {
  const { manager, state, stored, time, mark } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  state.onRequest = () => Promise.reject(new TypeError("fetch failed"));
  await rejects(manager.accessToken(), { code: "network" });
  const { refreshing_since } = await stored();
  await mark(0);
  assert.equal((await stored()).refreshing_since, refreshing_since);
  state.onRequest = undefined;
  const call = manager.accessToken();
  await flushTasks();
  t.mock.timers.tick(250);
  await flushTasks();
  assert.equal(state.presented.length, 1);
  time.now += LEASE;
  t.mock.timers.tick(250);
  assert.equal(await call, access(2));
});

test("a manager does not wait for a mark of the future, which comes from a wrong clock", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, mark } = await expired();
  await mark(-1);
  assert.equal(await manager.accessToken(), access(2));
});

test("100 callers that wait for one mark share each load", async (t) => {
  const { manager, mark, counts, state, time } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await mark(0);
  const calls = Array.from({ length: 100 }, () => manager.accessToken());
  await flushTasks();
  const { load } = counts;
  time.now += LEASE;
  t.mock.timers.tick(250);
  assert.deepEqual([...new Set(await Promise.all(calls))], [access(2)]);
  assert.equal(counts.load, load + 1);
  assert.equal(state.presented.length, 1);
});

test("of eight managers with their own stores over one memory, the compare-and-set lets one send", async (t) => {
  const { client, state, under } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const managers = Array.from({ length: 8 }, () => new TokenManager(client, withoutLock(under)));
  const calls = Promise.all(managers.map((manager) => manager.accessToken()));
  let done = false;
  calls.then(() => {
    done = true;
  });
  await flushTasks();
  t.mock.timers.tick(250);
  await until(() => done);
  assert.deepEqual([...new Set(await calls)], [access(2)]);
  assert.equal(state.presented.length, 1);
});

test("memoryStore works without its lock", async () => {
  const { managerOf, time, state } = rotatingServer();
  const manager = await managerOf(withoutLock(memoryStore()));
  time.now += LIFETIME;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});
