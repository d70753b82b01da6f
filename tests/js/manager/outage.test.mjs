// A store that fails, hangs, or goes back in time: what the server issued is not lost, and nothing waits for ever.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { fileStore } from "grantkit/node";
import { folder } from "../stores/support/folder.mjs";
import { flushTasks, rejects, until } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME } from "./support/setup.mjs";
import { failSaves, gate, instrumentedStore, isMark, withoutLock } from "./support/stores.mjs";
import { passingSeconds } from "./support/time.mjs";

/** As in src/manager/policy.rs, in seconds. */
const SAVING = 30;

/**
 * A rotating server, a manager of an expired token, and the manager of another process over the same records.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ under?: import("grantkit").TokenStore, config?: object, hasLock?: boolean, options?: object }} [options]
 */
async function expired(t, { under = memoryStore(), config, hasLock = true, options = {} } = {}) {
  const server = rotatingServer(config);
  const instrumented = instrumentedStore(under);
  const store = hasLock ? instrumented.store : withoutLock(instrumented.store);
  const manager = new TokenManager(server.client, store, options);
  await manager.save(server.first());
  const other = new TokenManager(server.client, hasLock ? under : withoutLock(under));
  server.time.now += LIFETIME;
  const passing = passingSeconds(t, server.time);
  const stored = async () => {
    const record = await under.load("default");
    if (!record) throw new Error("the store has no record");
    return record;
  };
  /** Replaces the record as another program does. @param {Partial<import("grantkit").GrantRecord>} members */
  const put = async (members) => {
    const record = await stored();
    await under.save("default", { ...record, version: record.version + 1, ...members }, record.version);
  };
  return { ...server, ...instrumented, manager, other, passing, stored, put };
}

/** @type {[string, (t: import("node:test").TestContext) => Promise<import("grantkit").TokenStore>][]} */
const STORES = [
  ["memoryStore", async () => memoryStore()],
  ["fileStore", async (t) => fileStore(join(await folder(t), "tokens.json"))],
];

for (const [name, open] of STORES) {
  test(`${name}: one save that fails costs nothing while another process waits for the lock`, async (t) => {
    const under = await open(t);
    const { manager, other, on, state, time } = await expired(t, { under });
    t.mock.timers.reset();
    let failures = 1;
    on.save = async (proceed, record) => {
      if (isMark(record) || failures-- <= 0) return proceed();
      throw new Error("READONLY You can't write against a read only replica");
    };
    for (let round = 0; round < 3; round += 1) {
      failures = 1;
      const holder = manager.accessToken();
      await until(() => state.presented.length === round + 1);
      const waiting = other.accessToken();
      assert.deepEqual(await Promise.all([holder, waiting]), [access(round + 2), access(round + 2)]);
      time.now += LIFETIME;
    }
    assert.deepEqual(state.presented, [refresh(1), refresh(2), refresh(3)]);
  });
}

test("the callers get the tokens in an error at timeoutMs, and the refresh goes on and saves them", async (t) => {
  const { manager, on, state, time, passing, stored } = await expired(t, { config: { timeoutMs: 5000 } });
  const began = time.now;
  failSaves(on);
  const error = await rejects(passing(manager.accessToken()), { code: "store", retryable: true });
  assert.equal(error.tokens?.refresh_token, refresh(2));
  assert.ok(time.now - began >= 5 && time.now - began <= 9, `${time.now - began} s`);
  delete on.save;
  // No caller asks for a token.
  for (let second = 0; second < 5; second += 1) {
    await flushTasks();
    t.mock.timers.tick(1000);
  }
  await flushTasks();
  assert.equal((await stored()).tokens.refresh_token, refresh(2));
  assert.equal(await manager.accessToken(), access(2));
  assert.deepEqual(state.presented, [refresh(1)]);
});

test("after half a minute the lock is free, and the next call of the manager saves the tokens", async (t) => {
  const { manager, other, on, state, time, passing, stored, counts } = await expired(t);
  failSaves(on);
  const began = time.now;
  await rejects(passing(manager.accessToken()), { code: "store" });
  const { lock } = counts;
  const joined = manager.accessToken().catch((error) => error);
  const { tokens } = await passing(joined);
  assert.equal(tokens.refresh_token, refresh(2), "a later caller joins it, and waits as long");
  assert.equal(counts.lock, lock);
  while (time.now < began + SAVING + 5) {
    await flushTasks();
    time.now += 1;
    t.mock.timers.tick(1000);
  }
  await flushTasks();
  delete on.save;
  assert.equal(await passing(manager.accessToken()), access(2));
  assert.equal((await stored()).tokens.refresh_token, refresh(2));
  assert.equal(await passing(other.accessToken()), access(2));
  assert.deepEqual(state.presented, [refresh(1)]);
});

test("after a request of unknown outcome no other process waits for its mark", async (t) => {
  for (const hasLock of [true, false]) {
    t.mock.timers.reset();
    const { manager, other, state, time, stored } = await expired(t, { hasLock });
    state.onRequest = () => Promise.reject(new TypeError("fetch failed"));
    await rejects(manager.accessToken(), { code: "network" });
    const { refreshing_since, request_ended_at } = await stored();
    assert.deepEqual([refreshing_since, request_ended_at], [time.now, time.now]);
    state.onRequest = undefined;
    assert.equal(await other.accessToken(), access(2));
    const after = await stored();
    assert.deepEqual([after.refreshing_since, after.request_ended_at], [undefined, undefined]);
  }
});

test("when the end of the request cannot be saved, its caller gets the error of the request", async (t) => {
  const { manager, state, on } = await expired(t);
  state.onRequest = () => Promise.reject(new TypeError("fetch failed"));
  on.save = async (proceed, record) => {
    if (record.request_ended_at === undefined) return proceed();
    throw new Error("the disk is full");
  };
  await rejects(manager.accessToken(), { code: "network" });
  delete on.save;
  state.onRequest = undefined;
  assert.equal(await manager.accessToken(), access(2), "this process knows that the request has ended");
});

test("a holder of the lock that finds the mark of another process gives it back, and takes the tokens", async (t) => {
  const { manager, other, state, time, put, counts, passing, first } = await expired(t);
  await put({ refreshing_since: time.now });
  const call = manager.accessToken();
  await flushTasks();
  const { lock } = counts;
  // The other process has the lock while it saves.
  await other.save({ ...first(), access_token: access(8), refresh_token: refresh(8) });
  assert.equal(await passing(call), access(8));
  assert.equal(counts.lock, lock, "it looks without the lock");
  assert.deepEqual(state.presented, []);
});

test("the mark of a process that died counts for half a minute", async (t) => {
  const { manager, state, time, put, passing, stored } = await expired(t);
  const marked = time.now;
  await put({ refreshing_since: marked });
  assert.equal(await passing(manager.accessToken()), access(2));
  assert.deepEqual(state.presented, [refresh(1)]);
  assert.equal((await stored()).requests.length, 0, "this server has no budget");
  assert.equal(time.now, marked + SAVING);
});

test("a store that goes back in time gets the newest tokens again", async (t) => {
  for (const saved of [true, false]) {
    t.mock.timers.reset();
    const { manager, other, under, on, state, time, passing, stored } = await expired(t);
    const old = await stored();
    const goBack = async () => {
      await under.delete("default");
      await under.save("default", old, undefined);
    };
    if (saved) {
      assert.equal(await manager.accessToken(), access(2));
      await goBack();
    } else {
      on.save = async (proceed, record) => {
        if (isMark(record)) return proceed();
        delete on.save;
        await goBack();
        throw new Error("the master was replaced");
      };
    }
    assert.equal(await passing(manager.accessToken()), access(2));
    const record = await stored();
    assert.equal(record.tokens.refresh_token, refresh(2));
    assert.ok(record.version > old.version + 1, "a version never goes down");
    time.now += LIFETIME;
    assert.equal(await other.accessToken(), access(3));
    assert.deepEqual(state.presented, [refresh(1), refresh(2)]);
  }
});

test("a record of another grant is taken, whatever its version", async (t) => {
  const { manager, under, stored, first, client, passing } = await expired(t);
  assert.equal(await manager.accessToken(), access(2));
  await under.delete("default");
  const consent = { ...first(), access_token: access(8), refresh_token: refresh(8) };
  await new TokenManager(client, under).save(consent);
  const record = await stored();
  await under.save("default", { ...record, version: 7 }, record.version);
  assert.equal(await passing(manager.accessToken()), access(8));
  assert.equal((await stored()).version, 7);
});

test("when the record is gone, the tokens in hand are in the error", async (t) => {
  const { manager, under, on } = await expired(t);
  on.save = async (proceed, record) => {
    if (!isMark(record)) await under.delete("default");
    return proceed();
  };
  const error = await rejects(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(error.tokens?.refresh_token, refresh(2));
});

const NEVER = () => /** @type {Promise<never>} */ (new Promise(() => {}));

test("a load, a save and a deletion that never settle end after storeTimeoutMs", async (t) => {
  const { manager, on, passing, time, state } = await expired(t, { options: { storeTimeoutMs: 3000 } });
  on.load = NEVER;
  const began = time.now;
  const late = "the store did not load within 3000 ms: check that it can be reached, or raise storeTimeoutMs";
  const unsaved = `grant "default": its new tokens are not saved, because the store failed (${late}): call again, which saves the \`tokens\` of this error first`;
  await rejects(passing(manager.accessToken()), { code: "store", retryable: true, message: late });
  await rejects(passing(manager.tokens()), { code: "store", retryable: true, message: late });
  const saving = manager.save({ access_token: "a", token_type: "b" });
  await rejects(passing(saving), { code: "store", retryable: true, message: unsaved });
  assert.ok(time.now - began <= 12, `${time.now - began} s`);
  assert.deepEqual(state.presented, []);
  delete on.load;
  on.delete = NEVER;
  await rejects(passing(manager.revoke()), { code: "store", retryable: true });
});

test("a save that never settles may take effect later: the record is loaded before it is saved again", async (t) => {
  const { manager, on, passing, state, stored } = await expired(t, { options: { storeTimeoutMs: 1000 } });
  const held = gate();
  let saves = 0;
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    saves += 1;
    const saved = await proceed();
    if (saves === 1) await held.opened;
    return saved;
  };
  assert.equal(await passing(manager.accessToken()), access(2));
  assert.equal(saves, 1);
  assert.equal((await stored()).tokens.refresh_token, refresh(2));
  assert.deepEqual(state.presented, [refresh(1)]);
  held.open();
});

test("a lock that is never free ends the call, and does not run the refresh later", async (t) => {
  const { client, first, time, state } = rotatingServer();
  /** @type {(() => Promise<unknown>)[]} */
  const waiting = [];
  const lock = (/** @type {string} */ _key, /** @type {() => Promise<any>} */ run) => {
    waiting.push(run);
    return NEVER();
  };
  const manager = new TokenManager(client, { ...memoryStore(), lock });
  await manager.save(first());
  time.now += LIFETIME;
  const passing = passingSeconds(t, time);
  const message =
    'grant "default": the lock was not free for 120 seconds: call again, and if that repeats, look for a process that hangs while it refreshes';
  await rejects(passing(manager.accessToken()), { code: "store", retryable: true, message });
  await Promise.all(waiting.map((run) => run()));
  assert.deepEqual(state.presented, []);
});

test("a refresh gives the lock back after timeoutMs and 45 seconds, also while a save hangs", async (t) => {
  const { client, first, time } = rotatingServer({ timeoutMs: 5000 });
  const { store, on } = instrumentedStore(memoryStore());
  const released = gate();
  let held = 0;
  const lock = async (/** @type {string} */ _key, /** @type {() => Promise<any>} */ run) => {
    const began = time.now;
    await run().finally(() => {
      held = time.now - began;
      released.open();
    });
  };
  const manager = new TokenManager(client, /** @type {any} */ ({ ...store, lock }), { storeTimeoutMs: 600_000 });
  await manager.save(first());
  time.now += LIFETIME;
  on.save = (proceed, record) => (isMark(record) ? proceed() : NEVER());
  const passing = passingSeconds(t, time);
  void manager.accessToken().catch(() => {});
  await passing(released.opened);
  assert.ok(held >= 50 && held <= 52, `${held} s`);
});

for (const [how, end] of /** @type {[string, () => Promise<void>][]} */ ([
  ["fails", () => Promise.reject(new Error("the connection broke"))],
  ["never settles", NEVER],
])) {
  test(`the callers get their token when the release of the lock ${how}`, async (t) => {
    const { client, first, time, state } = rotatingServer();
    const under = memoryStore();
    const lock = async (/** @type {string} */ _key, /** @type {() => Promise<any>} */ run) => {
      await run();
      await end();
    };
    const manager = new TokenManager(client, /** @type {any} */ ({ ...under, lock }));
    await manager.save(first());
    time.now += LIFETIME;
    const passing = passingSeconds(t, time);
    assert.equal(await passing(manager.accessToken()), access(2));
    assert.deepEqual(state.presented, [refresh(1)]);
  });
}

test("a lock that does not call its function is an error that says so", async () => {
  const { client, first, time } = rotatingServer();
  const manager = new TokenManager(client, /** @type {any} */ ({ ...memoryStore(), lock: async () => {} }));
  await manager.save(first());
  time.now += LIFETIME;
  const message =
    'grant "default": the lock of the store did not run its function: have lock(key, run) call run, and wait for it';
  await rejects(manager.accessToken(), { code: "store", message });
});

for (const hasLock of [true, false]) {
  for (const revoker of /** @type {const} */ (["manager", "other"])) {
    const who = revoker === "other" ? "another process" : "the same manager";
    test(`revoke during a refresh revokes what it brings: ${who}, ${hasLock ? "with" : "without"} a lock`, async (t) => {
      const grant = await expired(t, { hasLock });
      const { manager, under, state, passing } = grant;
      const held = gate();
      state.onRequest = () => held.opened;
      const call = manager.accessToken();
      await flushTasks();
      const revoked = grant[revoker].revoke();
      await flushTasks();
      held.open();
      assert.equal(await passing(call), access(2));
      await passing(revoked);
      assert.deepEqual(state.revoked, [refresh(2)]);
      assert.equal(await under.load("default"), undefined);
    });
  }
}
