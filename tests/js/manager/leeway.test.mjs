// When a token is refreshed: by its remaining lifetime, by minValidity, and with jitter between managers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, OAuthClient, TokenManager } from "grantkit";
import { rejects } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME, NOW } from "./support/setup.mjs";
import { instrumentedStore } from "./support/stores.mjs";

/**
 * Whether a manager whose random number is `jitter` refreshes a token that expires in `left` seconds.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ left?: number, leeway?: number, jitter?: number, minValidity?: number }} options
 */
async function refreshes(t, { left, leeway, jitter = 0, minValidity }) {
  const random = t.mock.method(Math, "random", () => jitter);
  const { state, client } = rotatingServer();
  const manager = new TokenManager(client, memoryStore(), leeway === undefined ? {} : { leeway });
  random.mock.restore();
  const tokens = { access_token: access(1), refresh_token: refresh(1), token_type: "Bearer" };
  await manager.save(left === undefined ? tokens : { ...tokens, expires_at: NOW + left });
  const got = await manager.accessToken(minValidity === undefined ? {} : { minValidity });
  assert.equal(got, access(1 + state.presented.length));
  return state.presented.length === 1;
}

for (const [label, options, boundary] of /** @type {const} */ ([
  ["the default leeway", {}, 300],
  ["no leeway", { leeway: 0 }, 0],
  ["a leeway of 60", { leeway: 60 }, 60],
  ["jitter, which adds up to a tenth", { jitter: 0.999 }, 329],
  ["half of the jitter", { leeway: 1000, jitter: 0.5 }, 1050],
  ["a minValidity below the leeway", { minValidity: 299 }, 300],
  ["a minValidity above the leeway", { minValidity: 301 }, 301],
  ["a minValidity, to which no jitter is added", { minValidity: 1800, jitter: 0.999 }, 1800],
])) {
  test(`${label}: refreshed with ${boundary} seconds left, not with one second more`, async (t) => {
    assert.equal(await refreshes(t, { ...options, left: boundary + 1 }), false);
    assert.equal(await refreshes(t, { ...options, left: boundary }), true);
  });
}

test("a token with a lifetime up to the leeway is used for half of it, not refreshed by every call", async () => {
  const { state, client, time } = rotatingServer();
  state.lifetime = 300;
  const { store, counts } = instrumentedStore();
  const manager = new TokenManager(client, store);
  const first = { access_token: access(1), refresh_token: refresh(1), token_type: "Bearer", expires_at: time.now };
  await manager.save(first);
  for (const [passed, requests] of /** @type {const} */ ([
    [0, 1],
    [0, 1],
    [130, 1],
    [20, 2],
    [0, 2],
  ])) {
    time.now += passed;
    assert.equal(await manager.accessToken(), access(1 + requests), `${passed} s later`);
    // A call that needs no refresh takes no lock either.
    assert.deepEqual([state.presented.length, counts.lock], [requests, requests]);
  }
});

test("a token without expires_in is never due", async (t) => {
  assert.equal(await refreshes(t, { minValidity: 1_000_000 }), false);
});

test("managers with different random numbers refresh at different seconds", async (t) => {
  const seconds = new Set();
  for (let draw = 0; draw < 30; draw += 1) {
    let left = 331;
    while (!(await refreshes(t, { left, jitter: (draw + 0.5) / 30 }))) left -= 1;
    seconds.add(left);
  }
  assert.deepEqual(
    [...seconds].sort((a, b) => Number(a) - Number(b)),
    Array.from({ length: 30 }, (_, second) => 300 + second),
  );
});

test("a manager draws its jitter once, so that its calls agree", async (t) => {
  const { client } = rotatingServer();
  const random = t.mock.method(Math, "random");
  const manager = new TokenManager(client, memoryStore());
  assert.equal(random.mock.callCount(), 1);
  await manager.save({ access_token: access(1), token_type: "Bearer", expires_at: NOW + LIFETIME });
  const before = random.mock.callCount();
  for (let call = 0; call < 100; call += 1) await manager.accessToken();
  assert.equal(random.mock.callCount(), before);
});

test("a token's lifetime counts from the request, since the server may have issued it at once", async () => {
  const { managerOf, state, time } = rotatingServer();
  const manager = await managerOf(memoryStore());
  time.now += LIFETIME;
  state.onResponse = (response) => {
    time.now += 9;
    return response;
  };
  await manager.accessToken();
  assert.equal((await manager.tokens())?.expires_at, NOW + LIFETIME + LIFETIME);
});

test("invalid options are rejected before any request", async () => {
  const { client, state } = rotatingServer();
  const code = "invalid_configuration";
  const store = memoryStore();
  for (const leeway of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, /** @type {any} */ ("300"), null]) {
    assert.throws(() => new TokenManager(client, store, { leeway }), { code, message: /leeway/ });
  }
  for (const key of ["", 1, null]) {
    assert.throws(() => new TokenManager(client, store, { key: /** @type {any} */ (key) }), { code, message: /key/ });
  }
  for (const bad of [undefined, null, {}, { load() {} }, { save() {} }]) {
    assert.throws(() => new TokenManager(client, /** @type {any} */ (bad)), { code, message: /store/ });
  }
  const manager = new TokenManager(client, store);
  for (const minValidity of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, /** @type {any} */ ("60")]) {
    await rejects(manager.accessToken({ minValidity }), { code });
  }
  for (const tokens of [undefined, null, "token", {}, { access_token: 1 }]) {
    await rejects(manager.save(/** @type {any} */ (tokens)), { code });
  }
  assert.throws(() => new TokenManager(/** @type {any} */ ({}), store), { code });
  await rejects(new TokenManager(new OAuthClient({ server: {}, client_id: "" }), store).accessToken(), { code });
  assert.deepEqual(state.presented, []);
  assert.equal(await store.load("default"), undefined);
});
