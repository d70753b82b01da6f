// New tokens are saved before anybody gets them, and what could not be saved is not lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { isPending, refused } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { gate, tampered } from "./support/stores.mjs";
import { LIFE, world } from "./support/world.mjs";

/** A rotating server, and a manager of an expired token over a store that can be tampered with. */
async function expired() {
  const server = rotatingServer();
  const tampering = tampered();
  const manager = await server.begin(tampering.store);
  server.time.now += LIFE;
  return { ...server, ...tampering, manager, stored: () => tampering.under.load("default") };
}

/** @param {import("grantkit").GrantRecord} record */
const isMark = (record) => record.refreshing_since !== undefined;

test("accessToken does not resolve before the new tokens are in the store", async () => {
  const { manager, on, stored, state } = await expired();
  const held = gate();
  on.save = async (proceed, record) => {
    if (!isMark(record)) await held.opened;
    return proceed();
  };
  const calls = [manager.accessToken(), manager.accessToken({ minValidity: 600 })];
  assert.equal(await isPending(Promise.race(calls)), true);
  assert.equal(state.presented.length, 1);
  assert.equal((await stored())?.tokens.refresh_token, refresh(1));
  held.open();
  assert.deepEqual(await Promise.all(calls), [access(2), access(2)]);
  assert.equal((await stored())?.tokens.refresh_token, refresh(2));
});

test("a failed save rejects with the tokens, and the next call saves them without a request", async () => {
  const { manager, on, stored, state, time } = await expired();
  const cause = new Error("disk full");
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    throw cause;
  };
  const error = await refused(manager.accessToken(), { code: "store", retryable: true, cause });
  assert.deepEqual(
    { ...error.tokens },
    { access_token: access(2), token_type: "Bearer", expires_at: time.now + LIFE, refresh_token: refresh(2) },
  );
  assert.equal(Object.keys(error).includes("tokens"), false);
  assert.deepEqual((await stored())?.tokens.refresh_token, refresh(1));
  // As long as the store fails, so do the calls, and the tokens stay at hand.
  const again = await refused(manager.accessToken(), { code: "store", cause });
  assert.deepEqual({ ...again.tokens }, { ...error.tokens });
  delete on.save;
  assert.equal(await manager.accessToken(), access(2));
  const record = await stored();
  assert.deepEqual(record?.tokens, { ...error.tokens });
  assert.equal(record?.refreshing_since, undefined);
  assert.deepEqual(state.presented, [refresh(1)]);
});

test("10 000 callers of a failed save get the tokens, and as many callers after it cause one save and no request", async () => {
  const { manager, on, counts, state } = await expired();
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    throw new Error("disk full");
  };
  const callers = Array.from({ length: 10_000 });
  for (const result of await Promise.allSettled(callers.map(() => manager.accessToken()))) {
    assert.equal(result.status === "rejected" && result.reason.tokens.refresh_token, refresh(2));
  }
  delete on.save;
  const { save } = counts;
  const got = await Promise.all(callers.map(() => manager.accessToken()));
  assert.deepEqual([...new Set(got)], [access(2)]);
  assert.equal(counts.save, save + 1);
  assert.equal(state.presented.length, 1);
});

for (const who of ["the same manager", "another process"]) {
  test(`tokens of a failed save can be saved by hand, by ${who}`, async () => {
    const { manager, client, store, on, counts, stored, state } = await expired();
    on.save = async (proceed, record) => {
      if (isMark(record)) return proceed();
      throw new Error("disk full");
    };
    const { tokens } = await refused(manager.accessToken(), { code: "store" });
    delete on.save;
    const saver = who === "the same manager" ? manager : new TokenManager(client, store);
    await saver.save(/** @type {import("grantkit").TokenSet} */ (tokens));
    assert.equal((await stored())?.tokens.refresh_token, refresh(2));
    const { save } = counts;
    assert.equal(await saver.accessToken(), access(2));
    assert.equal(await manager.accessToken(), access(2));
    assert.equal(counts.save, save);
    assert.equal(state.presented.length, 1);
  });
}

test("a save that threw after it took effect is found out: nothing is saved twice, nothing sent", async () => {
  const { manager, on, counts, state } = await expired();
  on.save = async (proceed, record) => {
    await proceed();
    if (!isMark(record)) throw new Error("the connection broke before the answer");
    return true;
  };
  const { tokens } = await refused(manager.accessToken(), { code: "store" });
  assert.equal(tokens?.access_token, access(2));
  const { save } = counts;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(counts.save, save);
  assert.equal(state.presented.length, 1);
});

test("a mark that cannot be saved sends nothing", async () => {
  const { manager, on, stored, state } = await expired();
  on.save = () => Promise.reject(new Error("disk full"));
  const before = await stored();
  const error = await refused(manager.accessToken(), { code: "store", retryable: true });
  assert.equal(error.tokens, undefined);
  assert.deepEqual(await stored(), before);
  assert.deepEqual(state.presented, []);
  // A mark that took effect though its save threw is one of a process that died: the next one goes on.
  on.save = async (proceed) => {
    await proceed();
    throw new Error("the connection broke before the answer");
  };
  await refused(manager.accessToken(), { code: "store" });
  delete on.save;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});

test("a store that cannot be read sends nothing", async () => {
  const { manager, on, state } = await expired();
  const cause = new Error("disk gone");
  on.load = () => Promise.reject(cause);
  for (const call of [manager.accessToken(), manager.tokens(), manager.save({ access_token: "a", token_type: "b" })]) {
    await refused(call, { code: "store", retryable: true, cause });
  }
  await refused(manager.fetch("https://as.example/"), { code: "store", cause });
  await refused(manager.revoke(), { code: "store", cause });
  assert.deepEqual(state.presented, []);
});

test("tokens that could not be saved come first, also for a caller whom the old ones would do", async () => {
  const { state, time, begin } = rotatingServer();
  const { store, under, on } = tampered();
  const manager = await begin(store);
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    throw new Error("disk full");
  };
  time.now += 100;
  await refused(manager.accessToken({ minValidity: LIFE - 100 }), { code: "store" });
  delete on.save;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
  assert.equal(state.presented.length, 1);
});

test("tokens that could not be saved are saved but not handed out once they have expired", async () => {
  const { manager, on, stored, state, time } = await expired();
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    throw new Error("disk full");
  };
  await refused(manager.accessToken(), { code: "store" });
  delete on.save;
  time.now += LIFE;
  assert.equal(await manager.accessToken(), access(3));
  assert.deepEqual(state.presented, [refresh(1), refresh(2)]);
  assert.equal((await stored())?.tokens.refresh_token, refresh(3));
});

test("tokens that could not be saved do not replace newer ones of the same refresh token", async () => {
  const { store, on } = tampered();
  const { manager, sibling, advance, stored, refreshes } = await world({ store });
  advance(LIFE);
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    throw new Error("disk full");
  };
  const { tokens } = await refused(manager.accessToken(), { code: "store" });
  delete on.save;
  advance(60);
  const newer = await sibling().accessToken();
  assert.notEqual(newer, tokens?.access_token);
  assert.equal(await manager.accessToken(), newer);
  assert.equal((await stored()).tokens.access_token, newer);
  assert.equal(refreshes(), 2);
});

test("a store that never takes the tokens keeps nobody waiting, and they are at hand", async () => {
  const { manager, on, stored, state } = await expired();
  on.save = async (proceed, record) => isMark(record) && proceed();
  const error = await refused(manager.accessToken(), { code: "store", retryable: true });
  assert.equal(error.tokens?.refresh_token, refresh(2));
  delete on.save;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored())?.tokens.refresh_token, refresh(2));
  assert.equal(state.presented.length, 1);
});

test("a store that takes no mark sends nothing, and says so", async () => {
  const { manager, on, state } = await expired();
  on.save = async () => false;
  const error = await refused(manager.accessToken(), { code: "store", retryable: true });
  assert.equal(error.tokens, undefined);
  await refused(manager.save({ access_token: "a", token_type: "Bearer" }), { code: "store", retryable: true });
  assert.deepEqual(state.presented, []);
});

test("what another process saved while the request was in flight is newer, and is used", async () => {
  const { manager, under, client, stored, state, first } = await expired();
  state.during = async () => {
    const reconnected = { ...first(), access_token: access(8), refresh_token: refresh(8) };
    await new TokenManager(client, under).save(reconnected);
  };
  assert.equal(await manager.accessToken(), access(8));
  const record = await stored();
  assert.deepEqual([record?.tokens.access_token, record?.tokens.refresh_token], [access(8), refresh(8)]);
  assert.equal(record?.refreshing_since, undefined);
});

test("a record that changed while the request was in flight, but not its refresh token, takes the new tokens", async () => {
  const { manager, under, stored, state } = await expired();
  state.during = async () => {
    const record = await under.load("default");
    if (record) await under.save("default", { ...record, version: record.version + 5 }, record.version);
  };
  const before = (await stored())?.version ?? 0;
  assert.equal(await manager.accessToken(), access(2));
  const record = await stored();
  assert.deepEqual([record?.version, record?.tokens.refresh_token], [before + 7, refresh(2)]);
  assert.equal(state.presented.length, 1);
});

test("tokens that a new grant has surpassed are nobody's: they are not offered again, nor revoked in its place", async () => {
  const { manager, under, on, client, first, state } = await expired();
  state.during = async () => {
    state.during = undefined;
    const reconnected = { ...first(), access_token: access(8), refresh_token: refresh(8), expires_at: 0 };
    await new TokenManager(client, under).save(reconnected);
    on.save = (proceed, record) =>
      record.tokens.refresh_token === refresh(8) ? Promise.reject(new Error("disk full")) : proceed();
  };
  const error = await refused(manager.accessToken(), { code: "store" });
  assert.equal(error.tokens, undefined);
  delete on.save;
  state.newest = 8;
  assert.equal(await manager.accessToken(), access(9));
  assert.deepEqual(state.presented, [refresh(1), refresh(8)]);
});

test("a grant that was deleted while the request was in flight stays deleted", async () => {
  const { manager, under, stored, state } = await expired();
  state.during = () => under.delete("default");
  await refused(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.equal(await stored(), undefined);
  await refused(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(await manager.tokens(), undefined);
  assert.equal(state.presented.length, 1);
});

test("members that others added to the record are kept", async () => {
  const { manager, under, stored } = await expired();
  const record = await stored();
  assert.ok(record);
  const more = { ...record, version: record.version + 1, tenant: "acme" };
  await under.save("default", more, record.version);
  await manager.accessToken();
  assert.equal(Reflect.get((await stored()) ?? {}, "tenant"), "acme");
});

test("an empty access token is never handed out: it is refreshed at once", async () => {
  const { state, client, first } = rotatingServer();
  const store = memoryStore();
  const manager = new TokenManager(client, store);
  await manager.save({ ...first(), access_token: "" });
  assert.deepEqual([await manager.accessToken(), state.presented], [access(2), [refresh(1)]]);
  // Nor one in a record that another program wrote, even where the server fails.
  const record = await store.load("default");
  assert.ok(record);
  await store.save(
    "default",
    { ...record, version: 99, tokens: { ...record.tokens, access_token: "" } },
    record.version,
  );
  state.after = () => new Response(null, { status: 503 });
  await refused(manager.accessToken(), { code: "unexpected_response" });
  state.newest = 2;
  state.after = undefined;
  assert.equal(await manager.accessToken(), access(3));
  await manager.save({ token_type: "Bearer", access_token: "" });
  await refused(manager.accessToken(), { code: "reauthorization_required" });
});
