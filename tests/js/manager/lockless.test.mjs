// A store that somebody wrote with load, save and delete alone: the mark in the record is then what processes go by.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { refused, settle, until } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { lockless, tampered } from "./support/stores.mjs";
import { LIFE } from "./support/world.mjs";

/** What a mark means that its process left behind: the deadline of its request, and some seconds to save. */
const LEASE = 15;

/** @param {Partial<import("grantkit").ClientConfig>} [config] */
async function expired(config) {
  const server = rotatingServer(config);
  const tampering = tampered();
  const store = lockless(tampering.store);
  const manager = await server.begin(store);
  server.time.now += LIFE;
  const stored = async () => {
    const record = await store.load("default");
    if (!record) throw new Error("the store has no record");
    return record;
  };
  /** The mark of another process, as old as that. @param {number} seconds */
  const mark = async (seconds) => {
    const record = await stored();
    const refreshing_since = server.time.now - seconds;
    await store.save("default", { ...record, version: record.version + 1, refreshing_since }, record.version);
  };
  return { ...server, ...tampering, store, manager, stored, mark };
}

test("the mark of another process is waited for, and its tokens are taken", async (t) => {
  const { store, manager, mark, client, first, state, time, counts } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await mark(0);
  const call = manager.accessToken();
  await settle();
  for (let look = 1; look <= 8; look += 1) {
    const { load } = counts;
    time.now += look % 2;
    await settle();
    t.mock.timers.tick(250);
    await until(() => counts.load === load + 1);
  }
  await new TokenManager(client, store).save({ ...first(), access_token: access(8), refresh_token: refresh(8) });
  await settle();
  t.mock.timers.tick(250);
  assert.equal(await call, access(8));
  assert.deepEqual(state.presented, []);
});

test("a mark whose process died is waited for until its request must have ended, and no longer", async (t) => {
  const { manager, mark, state, time, stored, counts } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await mark(0);
  const call = manager.accessToken();
  await settle();
  time.now += LEASE - 1;
  for (let look = 0; look < 4; look += 1) {
    const { load } = counts;
    await settle();
    t.mock.timers.tick(250);
    await until(() => counts.load === load + 1);
  }
  assert.deepEqual(state.presented, []);
  time.now += 1;
  await settle();
  t.mock.timers.tick(250);
  assert.equal(await call, access(2));
  assert.deepEqual(state.presented, [refresh(1)]);
  assert.equal((await stored()).refreshing_since, undefined);
});

test("how long that is follows from timeoutMs", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, mark, state, time } = await expired({ timeoutMs: 30_001 });
  await mark(35);
  const call = manager.accessToken();
  await settle();
  t.mock.timers.tick(250);
  await settle();
  assert.deepEqual(state.presented, []);
  time.now += 1;
  t.mock.timers.tick(250);
  assert.equal(await call, access(2));
});

test("a caller whom the old token still does does not wait for a mark", async () => {
  const { store, manager, mark, first, time, client } = await expired();
  await new TokenManager(client, store).save({ ...first(), expires_at: time.now + 100 });
  await mark(0);
  assert.equal(await manager.accessToken(), access(1));
});

test("the mark of a request of this process that ended is not waited for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, state, stored, time } = await expired();
  state.during = () => Promise.reject(new TypeError("fetch failed"));
  for (let call = 0; call < 3; call += 1) {
    await refused(manager.accessToken(), { code: "network" });
    assert.equal((await stored()).refreshing_since, time.now);
  }
  state.during = undefined;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 4);
});

test("nor is another's mark of the same second taken for it", async (t) => {
  const { manager, state, stored, time, mark } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  state.during = () => Promise.reject(new TypeError("fetch failed"));
  await refused(manager.accessToken(), { code: "network" });
  const { refreshing_since } = await stored();
  await mark(0);
  assert.equal((await stored()).refreshing_since, refreshing_since);
  state.during = undefined;
  const call = manager.accessToken();
  await settle();
  t.mock.timers.tick(250);
  await settle();
  assert.equal(state.presented.length, 1);
  time.now += LEASE;
  t.mock.timers.tick(250);
  assert.equal(await call, access(2));
});

test("the mark of the future is of a clock that was wrong, and is not waited for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { manager, mark } = await expired();
  await mark(-1);
  assert.equal(await manager.accessToken(), access(2));
});

test("100 callers wait for one mark with one look at a time", async (t) => {
  const { manager, mark, counts, state, time } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await mark(0);
  const calls = Array.from({ length: 100 }, () => manager.accessToken());
  await settle();
  const { load } = counts;
  time.now += LEASE;
  t.mock.timers.tick(250);
  assert.deepEqual([...new Set(await Promise.all(calls))], [access(2)]);
  assert.equal(counts.load, load + 1);
  assert.equal(state.presented.length, 1);
});

test("of eight managers with stores of their own over one memory, the compare-and-set lets one send", async (t) => {
  const { client, state, under } = await expired();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const managers = Array.from({ length: 8 }, () => new TokenManager(client, lockless(under)));
  const calls = Promise.all(managers.map((manager) => manager.accessToken()));
  let done = false;
  calls.then(() => {
    done = true;
  });
  await settle();
  t.mock.timers.tick(250);
  await until(() => done);
  assert.deepEqual([...new Set(await calls)], [access(2)]);
  assert.equal(state.presented.length, 1);
});

test("memoryStore, too, works without its lock", async () => {
  const { begin, time, state } = rotatingServer();
  const manager = await begin(lockless(memoryStore()));
  time.now += LIFE;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});
