// A server that rotates refresh tokens and forgives no reuse: the grant lives as long as the server lets it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { refused } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { lockless, tampered } from "./support/stores.mjs";
import { LIFE } from "./support/world.mjs";

async function expired() {
  const server = rotatingServer();
  const tampering = tampered();
  const manager = await server.begin(tampering.store);
  server.time.now += LIFE;
  const stored = async () => {
    const record = await tampering.under.load("default");
    if (!record) throw new Error("the store has no record");
    return record;
  };
  return { ...server, ...tampering, manager, stored };
}

test("a hundred refreshes in a row: each refresh token is presented once, and the family lives", async () => {
  const { manager, stored, state, time } = await expired();
  for (let round = 1; round <= 100; round += 1) {
    const got = await Promise.all(Array.from({ length: 20 }, () => manager.accessToken()));
    assert.deepEqual([...new Set(got)], [access(round + 1)]);
    time.now += LIFE;
  }
  assert.deepEqual(
    state.presented,
    Array.from({ length: 100 }, (_, at) => refresh(at + 1)),
  );
  assert.equal((await stored()).tokens.refresh_token, refresh(101));
});

test("while the request is in flight the store has the old refresh token and the mark; afterwards the new one and no mark", async () => {
  const { manager, stored, state, time } = await expired();
  const before = await stored();
  /** @type {import("grantkit").GrantRecord | undefined} */
  let during;
  state.during = async () => {
    during = await stored();
  };
  await manager.accessToken();
  assert.deepEqual(during, { ...before, version: before.version + 1, refreshing_since: time.now });
  assert.deepEqual(await stored(), {
    version: before.version + 2,
    tokens: {
      access_token: access(2),
      token_type: "Bearer",
      expires_at: time.now + LIFE,
      refresh_token: refresh(2),
    },
    requests: [],
    issued_at: time.now,
  });
});

test("between answer and save the store still has the old refresh token", async () => {
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

test("a refresh token that the answer does not replace is kept", async () => {
  const { manager, stored, state } = await expired();
  state.after = () => Response.json({ access_token: access(2), token_type: "Bearer", expires_in: LIFE });
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored()).tokens.refresh_token, refresh(1));
});

test("a dead refresh token that a sibling replaced meanwhile is no dead grant: the sibling's tokens are used", async () => {
  const { manager, under, client, stored, state, first } = await expired();
  state.newest = 0;
  state.during = async () => {
    state.during = undefined;
    const newer = { ...first(), access_token: access(8), refresh_token: refresh(8) };
    await new TokenManager(client, under).save(newer);
  };
  assert.equal(await manager.accessToken(), access(8));
  const record = await stored();
  assert.deepEqual([record.tokens.refresh_token, record.rejected_at], [refresh(8), undefined]);
  assert.equal(state.presented.length, 1);
});

test("a sibling's tokens that have expired too are refreshed in their turn", async () => {
  const { manager, under, client, stored, state, first } = await expired();
  state.newest = 7;
  state.during = async () => {
    state.during = undefined;
    const newer = { ...first(), access_token: access(8), refresh_token: refresh(8), expires_at: 1 };
    await new TokenManager(client, under).save(newer);
  };
  state.after = (answer) => {
    // The family of the other grant is another one.
    if (state.newest === 0) state.newest = 8;
    return answer;
  };
  assert.equal(await manager.accessToken(), access(9));
  assert.deepEqual(state.presented, [refresh(1), refresh(8)]);
  assert.equal((await stored()).tokens.refresh_token, refresh(9));
});

test("a dead refresh token that nobody replaced: rejected, and nobody asks the server again until new tokens are saved", async () => {
  const { manager, store, client, stored, state, time, first, counts } = await expired();
  state.newest = 0;
  const { tokens } = await stored();
  const loads = counts.load;
  const words = { error: "invalid_grant", status: 400, retryable: false };
  await refused(manager.accessToken(), { code: "reauthorization_required", ...words });
  // Before the refresh, in it, and the second look.
  assert.equal(counts.load, loads + 3);
  const record = await stored();
  assert.deepEqual([record.rejected_at, record.refreshing_since], [time.now, undefined]);
  assert.deepEqual(record.tokens, tokens);
  time.now += 86_400;
  for (const each of [manager, manager, new TokenManager(client, store), new TokenManager(client, lockless(store))]) {
    await refused(each.accessToken(), { code: "reauthorization_required", retryable: false });
    await refused(each.fetch("https://as.example/"), { code: "reauthorization_required" });
  }
  assert.deepEqual(state.presented, [refresh(1)]);
  await manager.save({ ...first(), access_token: access(5), refresh_token: refresh(5) });
  state.newest = 5;
  assert.equal((await stored()).rejected_at, undefined);
  assert.equal(await manager.accessToken(), access(5));
  time.now += LIFE;
  assert.equal(await manager.accessToken(), access(6));
});

test("while an access token of a dead grant is good it is still handed out", async () => {
  const { state, time, begin } = rotatingServer();
  const manager = await begin(memoryStore());
  state.newest = 0;
  time.now += LIFE - 200;
  await refused(manager.accessToken(), { code: "reauthorization_required", error: "invalid_grant" });
  assert.equal(await manager.accessToken(), access(1));
  assert.equal(await manager.accessToken({ minValidity: 200 }), access(1));
  await refused(manager.accessToken({ minValidity: 201 }), { code: "reauthorization_required" });
  time.now += 199;
  assert.equal(await manager.accessToken(), access(1));
  time.now += 1;
  await refused(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(state.presented.length, 1);
});

test("an answer that was lost may have spent the refresh token: the mark stays, and says since when", async () => {
  const { manager, stored, state, time } = await expired();
  const began = time.now;
  state.after = () => Promise.reject(new TypeError("fetch failed"));
  await refused(manager.accessToken(), { code: "network", retryable: true });
  assert.equal((await stored()).refreshing_since, began);
  assert.equal((await stored()).tokens.refresh_token, refresh(1));
  // The server saw the token, so the next request is the reuse that it punishes, and only then is the grant dead.
  state.after = undefined;
  time.now += 5;
  await refused(manager.accessToken(), { code: "reauthorization_required", error: "invalid_grant" });
  const record = await stored();
  assert.deepEqual([record.rejected_at, record.refreshing_since], [time.now, undefined]);
});

test("a request that never reached the server spent nothing, and the next one goes through", async () => {
  const { manager, stored, state } = await expired();
  state.during = () => Promise.reject(new TypeError("fetch failed"));
  await refused(manager.accessToken(), { code: "network" });
  state.during = undefined;
  assert.equal(await manager.accessToken(), access(2));
  assert.equal((await stored()).refreshing_since, undefined);
});

test("no refresh token, no request", async () => {
  const { state, time, client } = rotatingServer();
  const manager = new TokenManager(client, memoryStore());
  await refused(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.equal(await manager.tokens(), undefined);
  await manager.save({ access_token: access(1), token_type: "Bearer", expires_at: time.now + 100 });
  assert.equal(await manager.accessToken(), access(1));
  time.now += 100;
  await refused(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.deepEqual(state.presented, []);
});
