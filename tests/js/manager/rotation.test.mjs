// A server that rotates refresh tokens and revokes the grant on reuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { rejects } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME } from "./support/setup.mjs";
import { instrumentedStore, withoutLock } from "./support/stores.mjs";

async function expired() {
  const server = rotatingServer();
  const instrumented = instrumentedStore();
  const manager = await server.managerOf(instrumented.store);
  server.time.now += LIFETIME;
  const stored = async () => {
    const record = await instrumented.under.load("default");
    if (!record) throw new Error("the store has no record");
    return record;
  };
  return { ...server, ...instrumented, manager, stored };
}

test("a hundred refreshes in a row send each refresh token once, and the grant stays valid", async () => {
  const { manager, stored, state, time } = await expired();
  for (let round = 1; round <= 100; round += 1) {
    const got = await Promise.all(Array.from({ length: 20 }, () => manager.accessToken()));
    assert.deepEqual([...new Set(got)], [access(round + 1)]);
    time.now += LIFETIME;
  }
  assert.deepEqual(
    state.presented,
    Array.from({ length: 100 }, (_, at) => refresh(at + 1)),
  );
  assert.equal((await stored()).tokens.refresh_token, refresh(101));
});

test("during the request the store has the old refresh token and the mark, afterwards the new one and no mark", async () => {
  const { manager, stored, state, time } = await expired();
  const before = await stored();
  /** @type {import("grantkit").GrantRecord | undefined} */
  let during;
  state.onRequest = async () => {
    during = await stored();
  };
  await manager.accessToken();
  assert.deepEqual(during, { ...before, version: before.version + 1, refreshing_since: time.now });
  assert.deepEqual(await stored(), {
    version: before.version + 2,
    format: 1,
    grant_id: before.grant_id,
    tokens: {
      access_token: access(2),
      token_type: "Bearer",
      expires_at: time.now + LIFETIME,
      refresh_token: refresh(2),
    },
    requests: [],
    issued_at: time.now,
  });
});

test("refreshes keep the grant id, also after failures", async () => {
  const { manager, stored, state, time } = await expired();
  const { grant_id } = await stored();
  assert.match(grant_id ?? "", /^[\w-]{22}$/);
  for (const number of [2, 3]) {
    assert.equal(await manager.accessToken(), access(number));
    assert.equal((await stored()).grant_id, grant_id);
    time.now += LIFETIME;
  }
  state.onResponse = () => new Response(null, { status: 503 });
  await rejects(manager.accessToken(), { code: "unexpected_response" });
  state.onResponse = undefined;
  await rejects(manager.accessToken(), { code: "reauthorization_required" });
  const { grant_id: last, rejected_at } = await stored();
  assert.deepEqual([last, rejected_at], [grant_id, time.now]);
});

test("a record of a version without formats is refreshed, gets a format then, and a grant id with the next save", async () => {
  const { manager, under, stored, state, first } = await expired();
  const { format: _format, grant_id: _id, ...old } = await stored();
  await under.save("default", { ...old, version: 7 }, old.version);
  assert.deepEqual({ ...(await manager.tokens()) }, old.tokens);
  assert.equal(await manager.accessToken(), access(2));
  assert.deepEqual(state.presented, [refresh(1)]);
  const refreshed = await stored();
  assert.deepEqual([refreshed.format, "grant_id" in refreshed], [1, false]);
  await manager.save({ ...first(), refresh_token: refresh(2) });
  assert.match((await stored()).grant_id ?? "", /^[\w-]{22}$/);
});

test("between response and save the store has the old refresh token", async () => {
  const { manager, stored, on } = await expired();
  /** @type {unknown[]} */
  const seen = [];
  on.save = async (proceed) => {
    seen.push((await stored()).tokens.refresh_token);
    return proceed();
  };
  await manager.accessToken();
  assert.deepEqual(seen, [refresh(1), refresh(1)]);
  assert.equal((await stored()).tokens.refresh_token, refresh(2));
});

test("a refresh token that the token response omits is kept", async () => {
  const { manager, stored, state } = await expired();
  state.onResponse = () => Response.json({ access_token: access(2), token_type: "Bearer", expires_in: LIFETIME });
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored()).tokens.refresh_token, refresh(1));
});

test("when another manager replaced a rejected refresh token during the request, its tokens are used", async () => {
  const { manager, under, client, stored, state, first } = await expired();
  state.newest = 0;
  state.onRequest = async () => {
    state.onRequest = undefined;
    const newer = { ...first(), access_token: access(8), refresh_token: refresh(8) };
    await new TokenManager(client, under).save(newer);
  };
  assert.equal(await manager.accessToken(), access(8));
  const record = await stored();
  assert.deepEqual([record.tokens.refresh_token, record.rejected_at], [refresh(8), undefined]);
  assert.equal(state.presented.length, 1);
});

test("tokens of another manager that have expired are refreshed too", async () => {
  const { manager, under, client, stored, state, first } = await expired();
  state.newest = 7;
  state.onRequest = async () => {
    state.onRequest = undefined;
    const newer = { ...first(), access_token: access(8), refresh_token: refresh(8), expires_at: 1 };
    await new TokenManager(client, under).save(newer);
  };
  state.onResponse = (response) => {
    // The other grant has its own sequence of refresh tokens.
    if (state.newest === 0) state.newest = 8;
    return response;
  };
  assert.equal(await manager.accessToken(), access(9));
  assert.deepEqual(state.presented, [refresh(1), refresh(8)]);
  assert.equal((await stored()).tokens.refresh_token, refresh(9));
});

test("after a rejected refresh token nothing is sent until new tokens are saved", async () => {
  const { manager, store, client, stored, state, time, first, counts } = await expired();
  state.newest = 0;
  const { tokens } = await stored();
  const loads = counts.load;
  const response = { error: "invalid_grant", status: 400, retryable: false };
  await rejects(manager.accessToken(), { code: "reauthorization_required", ...response });
  // Before the refresh, in it, and after the rejection.
  assert.equal(counts.load, loads + 3);
  const record = await stored();
  assert.deepEqual([record.rejected_at, record.refreshing_since], [time.now, undefined]);
  assert.deepEqual(record.tokens, tokens);
  time.now += 86_400;
  for (const each of [
    manager,
    manager,
    new TokenManager(client, store),
    new TokenManager(client, withoutLock(store)),
  ]) {
    await rejects(each.accessToken(), { code: "reauthorization_required", retryable: false });
    await rejects(each.fetch("https://as.example/"), { code: "reauthorization_required" });
  }
  assert.deepEqual(state.presented, [refresh(1)]);
  await manager.save({ ...first(), access_token: access(5), refresh_token: refresh(5) });
  state.newest = 5;
  assert.equal((await stored()).rejected_at, undefined);
  assert.equal(await manager.accessToken(), access(5));
  time.now += LIFETIME;
  assert.equal(await manager.accessToken(), access(6));
});

test("a valid access token of a revoked grant is still returned", async () => {
  const { state, time, managerOf } = rotatingServer();
  const manager = await managerOf(memoryStore());
  state.newest = 0;
  time.now += LIFETIME - 200;
  await rejects(manager.accessToken(), { code: "reauthorization_required", error: "invalid_grant" });
  assert.equal(await manager.accessToken(), access(1));
  assert.equal(await manager.accessToken({ minValidity: 200 }), access(1));
  await rejects(manager.accessToken({ minValidity: 201 }), { code: "reauthorization_required" });
  time.now += 199;
  assert.equal(await manager.accessToken(), access(1));
  time.now += 1;
  await rejects(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(state.presented.length, 1);
});

test("after a lost response, which may have rotated the refresh token, the mark stays with its time", async () => {
  const { manager, stored, state, time } = await expired();
  const began = time.now;
  state.onResponse = () => Promise.reject(new TypeError("fetch failed"));
  await rejects(manager.accessToken(), { code: "network", retryable: true });
  assert.equal((await stored()).refreshing_since, began);
  assert.equal((await stored()).tokens.refresh_token, refresh(1));
  // The server has rotated the token, so it revokes the grant on the next request.
  state.onResponse = undefined;
  time.now += 5;
  await rejects(manager.accessToken(), { code: "reauthorization_required", error: "invalid_grant" });
  const record = await stored();
  assert.deepEqual([record.rejected_at, record.refreshing_since], [time.now, undefined]);
});

test("after a request that never reached the server, the next one succeeds", async () => {
  const { manager, stored, state } = await expired();
  state.onRequest = () => Promise.reject(new TypeError("fetch failed"));
  await rejects(manager.accessToken(), { code: "network" });
  state.onRequest = undefined;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored()).refreshing_since, undefined);
});

test("without a refresh token nothing is sent", async () => {
  const { state, time, client } = rotatingServer();
  const manager = new TokenManager(client, memoryStore());
  await rejects(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.equal(await manager.tokens(), undefined);
  await manager.save({ access_token: access(1), token_type: "Bearer", expires_at: time.now + 100 });
  assert.equal(await manager.accessToken(), access(1));
  time.now += 100;
  await rejects(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.deepEqual(state.presented, []);
});

/** The response with members replaced. @param {object} members @param {number} [status] */
const changed = (members, status) => async (/** @type {Response} */ response) =>
  Response.json({ ...(await response.json()), ...members }, { status: status ?? response.status });

test("a lifetime, a scope and a token type that cannot be read do not cost the rotated refresh token", async () => {
  for (const [members, expected] of /** @type {const} */ ([
    [{ expires_in: "soon" }, {}],
    [{ expires_in: -1 }, {}],
    [{ scope: ["a", "b"] }, { scope: "a b", expires_at: true }],
    [{ scope: { a: 1 } }, { expires_at: true }],
    [{ token_type: undefined }, { expires_at: true }],
  ])) {
    const { manager, stored, state, time } = await expired();
    state.onResponse = changed(members);
    assert.equal(await manager.accessToken(), access(2));
    const tokens = { access_token: access(2), token_type: "Bearer", refresh_token: refresh(2) };
    const expires_at = "expires_at" in expected && { expires_at: time.now + LIFETIME };
    assert.deepEqual({ ...(await stored()).tokens }, { ...tokens, ...expected, ...expires_at });
  }
});

test("a refused response with a rotated refresh token rejects with it, and the next refresh sends it", async () => {
  for (const [members, status, code] of /** @type {[object, number | undefined, string][]} */ ([
    [{ token_type: "DPoP" }, undefined, "malformed_response"],
    [{ access_token: ["a"] }, undefined, "malformed_response"],
    [{ access_token: "a\nb" }, undefined, "malformed_response"],
    [{ access_token: undefined }, undefined, "malformed_response"],
    [{ error: "server_error" }, undefined, "malformed_response"],
    [{}, 500, "unexpected_response"],
  ])) {
    for (const isLocked of [true, false]) {
      const { manager, stored, state, store, client } = await expired();
      state.onResponse = changed(members, status);
      const used = isLocked ? manager : new TokenManager(client, withoutLock(store));
      const { tokens } = await rejects(used.accessToken(), { code: /** @type {any} */ (code) });
      assert.equal(tokens?.refresh_token, refresh(2));
      const record = await stored();
      assert.deepEqual([record.tokens.refresh_token, record.tokens.access_token], [refresh(2), access(1)]);
      assert.equal(record.refreshing_since, undefined);
      state.onResponse = undefined;
      assert.equal(await used.accessToken(), access(3));
      assert.deepEqual(state.presented, [refresh(1), refresh(2)]);
    }
  }
});

test("while the stored access token is valid, a refused response with a rotated refresh token costs no call", async () => {
  const { manager, stored, state, time } = await expired();
  time.now -= 100;
  state.onResponse = changed({ token_type: "DPoP" });
  assert.equal(await manager.accessToken(), access(1));
  assert.equal((await stored()).tokens.refresh_token, refresh(2));
});

test("a rotated refresh token of a refused response is saved again when the save fails", async () => {
  const { manager, stored, state, on } = await expired();
  state.onResponse = changed({ token_type: "DPoP" });
  let saves = 0;
  on.save = async (proceed) => {
    saves += 1;
    if (saves === 2) throw new Error("full");
    return proceed();
  };
  const { tokens } = await rejects(manager.accessToken(), { code: "malformed_response" });
  assert.equal(tokens?.refresh_token, refresh(2));
  assert.equal((await stored()).tokens.refresh_token, refresh(2));
  state.onResponse = undefined;
  assert.equal(await manager.accessToken(), access(3));
  assert.equal((await stored()).tokens.refresh_token, refresh(3));
  assert.deepEqual(state.presented, [refresh(1), refresh(2)]);
});

test("invalid_grant in Latin-1 ends the grant, and the dead refresh token is not sent again", async () => {
  const { manager, stored, state, time } = await expired();
  const body = Buffer.from('{"error":"invalid_grant","error_description":"Le jeton a été révoqué"}', "latin1");
  state.onResponse = () => new Response(body, { status: 400 });
  for (let call = 0; call < 3; call += 1) await rejects(manager.accessToken(), { code: "reauthorization_required" });
  assert.deepEqual(state.presented, [refresh(1)]);
  assert.equal((await stored()).rejected_at, time.now);
});
