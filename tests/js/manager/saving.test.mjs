// New tokens are saved before a caller gets them, and tokens that could not be saved are not lost.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { memoryStore, OAuthError, TokenManager } from "grantkit";
import { flushTasks, isPending, rejects } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME, setUp } from "./support/setup.mjs";
import { failSaves, gate, instrumentedStore, isMark, withoutLock } from "./support/stores.mjs";
import { passingSeconds, passingTime } from "./support/time.mjs";

/** A rotating server, and a manager of an expired token with an instrumented store. @param {import("node:test").TestContext} [t] */
async function expired(t) {
  const server = rotatingServer();
  const instrumented = instrumentedStore();
  const manager = await server.managerOf(instrumented.store);
  server.time.now += LIFETIME;
  const advance = () => {
    server.time.now += 1;
  };
  const passing = t ? passingTime(t, advance) : (/** @type {Promise<any>} */ promise) => promise;
  return { ...server, ...instrumented, manager, passing, stored: () => instrumented.under.load("default") };
}

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

test("a failed save rejects with the tokens, and the next call saves them without a request", async (t) => {
  const { manager, on, stored, state, time, passing } = await expired(t);
  const expires_at = time.now + LIFETIME;
  const cause = new Error("disk full");
  failSaves(on, cause);
  const error = await rejects(passing(manager.accessToken()), { code: "store", retryable: true, cause });
  assert.deepEqual(
    { ...error.tokens },
    { access_token: access(2), token_type: "Bearer", expires_at, refresh_token: refresh(2) },
  );
  assert.equal(Object.keys(error).includes("tokens"), false);
  assert.deepEqual((await stored())?.tokens.refresh_token, refresh(1));
  // As long as the store fails, each call rejects with the tokens.
  for (let call = 0; call < 5; call += 1) {
    const again = await rejects(passing(manager.accessToken()), { code: "store" });
    assert.deepEqual({ ...again.tokens }, { ...error.tokens });
  }
  delete on.save;
  assert.equal(await passing(manager.accessToken()), access(2));
  const record = await stored();
  assert.deepEqual(record?.tokens, { ...error.tokens });
  assert.equal(record?.refreshing_since, undefined);
  assert.deepEqual(state.presented, [refresh(1)]);
});

test("the tokens that were not saved are those of the manager, also if its first calls came at once", async (t) => {
  const { client, first, state, time } = rotatingServer();
  const { store, on, under } = instrumentedStore();
  await under.save("default", { version: 1, requests: [], tokens: first() }, undefined);
  time.now += LIFETIME;
  failSaves(on);
  const manager = new TokenManager(client, store);
  const passing = passingSeconds(t, time);
  const failed = await passing(Promise.allSettled([1, 2, 3].map(() => manager.accessToken())));
  for (const { status } of failed) assert.equal(status, "rejected");
  delete on.save;
  assert.equal(await passing(manager.accessToken()), access(2));
  assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
  assert.deepEqual(state.presented, [refresh(1)]);
});

test("a failed save rejects with the tokens, whatever code the error of the store has", async (t) => {
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  for (const code of ["store", "network", "aborted", "invalid_configuration", "reauthorization_required"]) {
    t.mock.timers.reset();
    const { manager, on, time, passing } = await expired(t);
    const expires_at = time.now + LIFETIME;
    const cause = new Made(code, "the database cannot be reached: start it");
    failSaves(on, cause);
    const error = await rejects(passing(manager.accessToken()), {
      code: "store",
      retryable: true,
      cause,
      message: `grant "default": its new tokens are not saved, because the store failed (${cause.message}): call again, which saves the \`tokens\` of this error first`,
    });
    const tokens = { token_type: "Bearer", expires_at, refresh_token: refresh(2) };
    assert.deepEqual({ ...error.tokens }, { access_token: access(2), ...tokens });
    const given = { access_token: "given", ...tokens };
    on.save = async () => {
      throw cause;
    };
    const rejected = await rejects(manager.save(given), { code: "store", cause });
    assert.deepEqual({ ...rejected.tokens }, given);
    delete on.save;
    assert.equal(await passing(manager.accessToken()), access(2));
  }
});

test("an error of the store before the server issued tokens stays as it is", async () => {
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  const { manager, on, state } = await expired();
  const thrown = new Made("network", "the database cannot be reached: start it");
  on.save = async () => {
    throw thrown;
  };
  const error = await rejects(manager.accessToken(), { code: "network", message: thrown.message, tokens: undefined });
  assert.equal(error, thrown);
  assert.deepEqual(state.presented, []);
});

test("10 000 callers of a failed save get the tokens, and 10 000 later callers cause one save and no request", async (t) => {
  const { manager, on, counts, state, passing } = await expired(t);
  failSaves(on);
  const callers = Array.from({ length: 10_000 });
  for (const result of await passing(Promise.allSettled(callers.map(() => manager.accessToken())))) {
    assert.equal(result.status === "rejected" && result.reason.tokens.refresh_token, refresh(2));
  }
  delete on.save;
  const { save } = counts;
  const got = await passing(Promise.all(callers.map(() => manager.accessToken())));
  assert.deepEqual([...new Set(got)], [access(2)]);
  assert.equal(counts.save, save + 1);
  assert.equal(state.presented.length, 1);
});

for (const saverName of ["the same manager", "another process"]) {
  test(`tokens of a failed save can be saved by the application, through ${saverName}`, async (t) => {
    const { manager, client, store, on, counts, stored, state, passing } = await expired(t);
    failSaves(on);
    const { tokens } = await rejects(passing(manager.accessToken()), { code: "store" });
    delete on.save;
    const saver = saverName === "the same manager" ? manager : new TokenManager(client, store);
    await saver.save(/** @type {import("grantkit").TokenSet} */ (tokens));
    assert.equal((await stored())?.tokens.refresh_token, refresh(2));
    const { save } = counts;
    assert.equal(await passing(saver.accessToken()), access(2));
    assert.equal(await passing(manager.accessToken()), access(2));
    assert.equal(counts.save, save);
    assert.equal(state.presented.length, 1);
  });
}

test("after a save that threw but took effect, nothing is saved twice or sent", async (t) => {
  const { manager, on, counts, state, passing } = await expired(t);
  on.save = async (proceed, record) => {
    await proceed();
    if (!isMark(record)) throw new Error("the connection broke before the response");
    return true;
  };
  const { save } = counts;
  assert.equal(await passing(manager.accessToken()), access(2));
  // The mark, and the tokens.
  assert.equal(counts.save, save + 2);
  assert.equal(state.presented.length, 1);
});

test("when the mark cannot be saved, nothing is sent", async (t) => {
  const { manager, on, stored, state, passing } = await expired(t);
  on.save = () => Promise.reject(new Error("disk full"));
  const before = await stored();
  const error = await rejects(manager.accessToken(), { code: "store", retryable: true });
  assert.equal(error.tokens, undefined);
  assert.deepEqual(await stored(), before);
  assert.deepEqual(state.presented, []);
  // A mark whose save threw but took effect is like that of a dead process: the next call refreshes when it has waited.
  on.save = async (proceed) => {
    await proceed();
    throw new Error("the connection broke before the response");
  };
  await rejects(manager.accessToken(), { code: "store" });
  delete on.save;
  assert.equal(await passing(manager.accessToken()), access(2));
  assert.equal(state.presented.length, 1);
});

test("when the store cannot be read, nothing is sent", async () => {
  const { manager, on, state } = await expired();
  const cause = new Error("disk gone");
  on.load = () => Promise.reject(cause);
  for (const call of [manager.accessToken(), manager.tokens(), manager.save({ access_token: "a", token_type: "b" })]) {
    await rejects(call, { code: "store", retryable: true, cause });
  }
  await rejects(manager.fetch("https://as.example/"), { code: "store", cause });
  await rejects(manager.revoke(), { code: "store", cause });
  assert.deepEqual(state.presented, []);
});

test("unsaved tokens are saved and returned first, even if the old ones would be enough", async (t) => {
  const { state, time, managerOf } = rotatingServer();
  const { store, under, on } = instrumentedStore();
  const manager = await managerOf(store);
  failSaves(on);
  const passing = passingSeconds(t, time);
  time.now += 100;
  await rejects(passing(manager.accessToken({ minValidity: LIFETIME - 100 })), { code: "store" });
  delete on.save;
  assert.equal(await passing(manager.accessToken()), access(2));
  assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
  assert.equal(state.presented.length, 1);
});

test("unsaved tokens that have expired are saved but not returned", async (t) => {
  const { manager, on, stored, state, time, passing } = await expired(t);
  failSaves(on);
  await rejects(passing(manager.accessToken()), { code: "store" });
  delete on.save;
  time.now += LIFETIME;
  assert.equal(await passing(manager.accessToken()), access(3));
  assert.deepEqual(state.presented, [refresh(1), refresh(2)]);
  assert.equal((await stored())?.tokens.refresh_token, refresh(3));
});

test("unsaved tokens do not replace newer ones of the same refresh token", async (t) => {
  const { store, on } = instrumentedStore();
  const { manager, otherManager, advance, stored, refreshes } = await setUp({ store });
  advance(LIFETIME);
  failSaves(on);
  const passing = passingTime(t, () => advance(1));
  const { tokens } = await rejects(passing(manager.accessToken()), { code: "store" });
  // In the end it gives the lock back.
  for (let second = 0; second < 40; second += 1) {
    await flushTasks();
    advance(1);
    t.mock.timers.tick(1000);
  }
  delete on.save;
  const newer = await passing(otherManager().accessToken());
  assert.notEqual(newer, tokens?.access_token);
  assert.equal(await passing(manager.accessToken()), newer);
  assert.equal((await stored()).tokens.access_token, newer);
  assert.equal(refreshes(), 2);
});

test("a store that never accepts the tokens rejects the call with the tokens", async () => {
  const { manager, on, stored, state } = await expired();
  on.save = async (proceed, record) => isMark(record) && proceed();
  const error = await rejects(manager.accessToken(), { code: "store", retryable: true });
  assert.equal(error.tokens?.refresh_token, refresh(2));
  delete on.save;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored())?.tokens.refresh_token, refresh(2));
  assert.equal(state.presented.length, 1);
});

test("when the store never accepts the mark, nothing is sent, and the call rejects", async () => {
  const { manager, on, state } = await expired();
  on.save = async () => false;
  const error = await rejects(manager.accessToken(), { code: "store", retryable: true });
  assert.equal(error.tokens, undefined);
  await rejects(manager.save({ access_token: "a", token_type: "Bearer" }), { code: "store", retryable: true });
  assert.deepEqual(state.presented, []);
});

test("tokens that another process saved during the request are newer and are used", async () => {
  const { manager, under, client, stored, state, first } = await expired();
  state.onRequest = async () => {
    const reconnected = { ...first(), access_token: access(8), refresh_token: refresh(8) };
    await new TokenManager(client, under).save(reconnected);
  };
  assert.equal(await manager.accessToken(), access(8));
  const record = await stored();
  assert.deepEqual([record?.tokens.access_token, record?.tokens.refresh_token], [access(8), refresh(8)]);
  assert.equal(record?.refreshing_since, undefined);
});

test("a record that changed during the request, but not its refresh token, gets the new tokens", async () => {
  const { manager, under, stored, state } = await expired();
  state.onRequest = async () => {
    const record = await under.load("default");
    if (record) await under.save("default", { ...record, version: record.version + 5 }, record.version);
  };
  const before = (await stored())?.version ?? 0;
  assert.equal(await manager.accessToken(), access(2));
  const record = await stored();
  assert.deepEqual([record?.version, record?.tokens.refresh_token], [before + 7, refresh(2)]);
  assert.equal(state.presented.length, 1);
});

test("unsaved tokens of a replaced grant are dropped: they are neither saved nor sent", async () => {
  const { manager, under, on, client, first, state } = await expired();
  state.onRequest = async () => {
    state.onRequest = undefined;
    const reconnected = { ...first(), access_token: access(8), refresh_token: refresh(8), expires_at: 0 };
    await new TokenManager(client, under).save(reconnected);
    on.save = (proceed, record) =>
      record.tokens.refresh_token === refresh(8) ? Promise.reject(new Error("disk full")) : proceed();
  };
  const error = await rejects(manager.accessToken(), { code: "store" });
  assert.equal(error.tokens, undefined);
  delete on.save;
  state.newest = 8;
  assert.equal(await manager.accessToken(), access(9));
  assert.deepEqual(state.presented, [refresh(1), refresh(8)]);
});

test("a grant that was deleted during the request stays deleted", async () => {
  const { manager, under, stored, state } = await expired();
  state.onRequest = () => under.delete("default");
  await rejects(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.equal(await stored(), undefined);
  await rejects(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(await manager.tokens(), undefined);
  assert.equal(state.presented.length, 1);
});

test("a refresh and a save keep the members of the record that they do not know", async () => {
  const { manager, under, on, stored, first } = await expired();
  const record = await stored();
  assert.ok(record);
  const unknown = { tenant: "acme", key: { kty: "EC", parts: [1, 2] } };
  await under.save("default", { ...record, version: record.version + 1, ...unknown }, record.version);
  /** @type {unknown[]} */
  const written = [];
  on.save = async (proceed, record) => {
    const { tenant, key } = /** @type {any} */ (record);
    written.push({ tenant, key });
    return proceed();
  };
  await manager.accessToken();
  await manager.save(first());
  await manager.save({ ...first(), refresh_token: refresh(9) });
  // The first two are of the refresh: its mark, and its tokens.
  assert.deepEqual(written, [unknown, unknown, unknown, unknown]);
  const { tenant, key, tokens } = /** @type {any} */ (await stored());
  assert.deepEqual([{ tenant, key }, tokens.refresh_token], [unknown, refresh(9)]);
});

test("a save drops the times and the pause of the tokens that it replaces", async () => {
  const { manager, under, stored, first, time } = await expired();
  const { grant_id, ...record } = (await stored()) ?? assert.fail();
  const at = time.now + 5;
  const times = { refreshing_since: at, hold_until: at, rejected_at: at, issued_at: at, backoff: { failures: 1 } };
  await under.save("default", { ...record, ...times, version: 7 }, record.version);
  const tokens = { ...first(), refresh_token: refresh(9) };
  await manager.save(tokens);
  const { grant_id: drawn, ...saved } = (await stored()) ?? assert.fail();
  assert.deepEqual(saved, { version: time.now * 1000, format: 1, tokens, requests: [] });
  assert.notEqual(drawn, grant_id);
});

test("a save of the stored refresh token keeps the mark of a request that is under way", async () => {
  const { manager, under, stored, first, time } = await expired();
  const record = (await stored()) ?? assert.fail();
  const mark = { refreshing_since: time.now, request_ended_at: time.now + 1 };
  await under.save("default", { ...record, ...mark, hold_until: time.now + 2, version: 7 }, record.version);
  await manager.save({ ...first(), access_token: access(9) });
  const { refreshing_since, request_ended_at, hold_until, tokens } = (await stored()) ?? assert.fail();
  assert.deepEqual({ refreshing_since, request_ended_at }, mark);
  assert.deepEqual([hold_until, tokens.access_token], [undefined, access(9)]);
});

test("each save of another grant draws a grant id of 16 bytes", async () => {
  const { manager, under, stored, first } = await expired();
  const ids = new Set([(await stored())?.grant_id]);
  const draws = async (/** @type {import("grantkit").TokenSet} */ tokens) => {
    await manager.save(tokens);
    const { grant_id } = (await stored()) ?? assert.fail();
    assert.match(grant_id ?? "", /^[\w-]{22}$/);
    const { size } = ids;
    return ids.add(grant_id).size > size;
  };
  assert.equal(await draws({ ...first(), access_token: access(5) }), false, "of the same refresh token");
  assert.equal(await draws({ ...first(), refresh_token: refresh(5) }), true);
  // Without a refresh token nothing says that two grants are the same.
  const { refresh_token: _, ...without } = first();
  assert.equal(await draws(without), true);
  assert.equal(await draws(without), true);
  await under.delete("default");
  assert.equal(await draws(first()), true, "of a grant that was deleted");
});

/** A record as a later version may write it. @param {Awaited<ReturnType<typeof expired>>} grant @param {unknown} [format] */
async function upgraded({ under, stored }, format = 2) {
  const record = (await stored()) ?? assert.fail();
  const newer = /** @type {import("grantkit").GrantRecord} */ ({ ...record, version: record.version + 1, format });
  assert.equal(await under.save("default", newer, record.version), true);
  return newer;
}

const NEWER = {
  code: /** @type {const} */ ("store"),
  retryable: false,
  message:
    'grant "default" was written by a newer grantkit, since its format is 2, and was not changed: update grantkit here',
  next: "update grantkit here",
};

test("a record of a newer format is an error of each method, and is neither sent nor changed", async () => {
  const grant = await expired();
  const { manager, client, under, stored, state, first, counts, on } = grant;
  const newer = await upgraded(grant);
  const { save } = counts;
  on.delete = () => assert.fail("it deletes the record");
  for (const each of [manager, new TokenManager(client, under), new TokenManager(client, withoutLock(under))]) {
    for (const call of [
      () => each.accessToken(),
      () => each.accessToken({ rejected: access(1) }),
      () => each.tokens(),
      () => each.fetch("https://as.example/"),
      () => each.revoke(),
    ]) {
      assert.equal((await rejects(call(), NEWER)).tokens, undefined);
    }
    const given = { ...first(), refresh_token: refresh(5) };
    assert.deepEqual({ ...(await rejects(each.save(given), NEWER)).tokens }, given);
  }
  assert.deepEqual(await stored(), newer);
  assert.deepEqual([state.presented, state.revoked, counts.save], [[], [], save]);
});

test("a fresh token of a newer format is not returned", async () => {
  const grant = await expired();
  grant.time.now -= LIFETIME;
  assert.equal(await grant.manager.accessToken(), access(1));
  await upgraded(grant);
  await rejects(grant.manager.accessToken(), NEWER);
});

test("a format that is no number is not read, and its text is not in the message", async () => {
  for (const format of [refresh(1), {}, [1, 2], 1.5]) {
    const grant = await expired();
    const before = await upgraded(grant, format);
    const { message } = await rejects(grant.manager.accessToken(), { code: "store", retryable: false });
    assert.match(message, /since its format is (?:NaN|1\.5), and/);
    assert.deepEqual(await grant.stored(), before);
    assert.deepEqual(grant.state.presented, []);
  }
});

test("tokens that were issued when the record got a newer format are in the error, and are saved after an update", async () => {
  const grant = await expired();
  const { manager, under, stored, state } = grant;
  /** @type {import("grantkit").GrantRecord | undefined} */
  let newer;
  state.onRequest = async () => {
    newer = await upgraded(grant);
  };
  for (let call = 1; call <= 2; call += 1) {
    const { tokens } = await rejects(manager.accessToken(), NEWER);
    assert.equal(tokens?.refresh_token, refresh(2), `call ${call}`);
  }
  assert.deepEqual(await stored(), newer);
  assert.deepEqual(state.presented, [refresh(1)]);
  // As if this process knew the format now.
  const { version = 0, ...record } = newer ?? {};
  await under.save("default", /** @type {any} */ ({ ...record, version: version + 1, format: 1 }), version);
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored())?.tokens.refresh_token, refresh(2));
  assert.equal(state.presented.length, 1);
});

test("the format is that of the core", async () => {
  const source = (/** @type {string} */ path) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
  const [, inPackage] = /FORMAT = (\d+);/.exec(await source("pkg/record-fields.js")) ?? [];
  const [, inCrate] = /FORMAT: u32 = (\d+);/.exec(await source("src/manager/policy.rs")) ?? [];
  assert.ok(inPackage);
  assert.equal(inPackage, inCrate);
  const grant = await expired();
  assert.equal((await grant.stored())?.format, Number(inPackage));
});

test("an empty access token is never returned: it is refreshed at once", async () => {
  const { state, client, first } = rotatingServer();
  const store = memoryStore();
  const manager = new TokenManager(client, store);
  await manager.save({ ...first(), access_token: "" });
  assert.deepEqual([await manager.accessToken(), state.presented], [access(2), [refresh(1)]]);
  // The same for a record that another program wrote, even when the server fails.
  const record = await store.load("default");
  assert.ok(record);
  await store.save(
    "default",
    { ...record, version: record.version + 1, tokens: { ...record.tokens, access_token: "" } },
    record.version,
  );
  state.onResponse = () => new Response(null, { status: 503 });
  await rejects(manager.accessToken(), { code: "unexpected_response" });
  state.newest = 2;
  state.onResponse = undefined;
  assert.equal(await manager.accessToken(), access(3));
  await manager.save({ token_type: "Bearer", access_token: "" });
  await rejects(manager.accessToken(), { code: "reauthorization_required" });
});

test("saved tokens keep the requests of their refresh token, and get the next version", async () => {
  const { store, on } = instrumentedStore();
  const { manager, tokens, stored, time } = await setUp({ store });
  assert.equal((await stored()).version, time.now * 1000, "the first version is the time in milliseconds");
  const requests = [time.now - 2, time.now - 1];
  const { grant_id } = await stored();
  await store.save("default", { ...(await stored()), version: 7, requests }, time.now * 1000);

  const another = { ...tokens, access_token: "1000.another" };
  await manager.save(another);
  const version = time.now * 1000;
  assert.deepEqual(await stored(), { version, format: 1, grant_id, tokens: another, requests });
  const other = { ...tokens, refresh_token: "1000.another" };
  await manager.save(other);
  const { grant_id: drawn, ...saved } = await stored();
  assert.deepEqual(saved, { version: version + 1, format: 1, tokens: other, requests: [] });
  assert.notEqual(drawn, grant_id);

  let saves = 0;
  on.save = async () => {
    saves += 1;
    return false;
  };
  await rejects(manager.save(tokens), { code: "store", retryable: true });
  const policy = await readFile(new URL("../../../src/manager/policy.rs", import.meta.url), "utf8");
  const [, conflicts] = /MAX_CONFLICTS: u8 = (\d+);/.exec(policy) ?? [];
  assert.equal(saves, Number(conflicts) + 1);
});

test("tokens are saved over a record whose other members are damaged", async () => {
  const { manager, store, tokens, stored } = await setUp();
  const damaged = { ...(await stored()), version: 7, requests: "none", hold_until: {} };
  await store.save("default", /** @type {any} */ (damaged), (await stored()).version);
  await manager.save({ ...tokens, refresh_token: "1000.another" });
  assert.deepEqual((await stored()).requests, []);
  assert.ok((await stored()).version > 7);
});
