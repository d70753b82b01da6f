// Revoked at the server first, forgotten after; and only what the server confirmed, or does not know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { isPending, refused } from "./support/expect.mjs";
import { refresh, rotatingServer } from "./support/rotating.mjs";
import { gate, tampered } from "./support/stores.mjs";
import { LIFE, NOW, world } from "./support/world.mjs";

test("what the server confirms is forgotten, and the tokens are dead", async () => {
  const { fake, manager, store, tokens, client } = await world();
  assert.equal(await manager.revoke(), undefined);
  assert.equal(fake.log.at(-1)?.path, "/oauth/v2/revoke/token");
  assert.equal(await store.load("default"), undefined);
  assert.equal(await manager.tokens(), undefined);
  await refused(manager.accessToken(), { code: "reauthorization_required" });
  await refused(client.refreshTokenGrant(tokens), { code: "reauthorization_required", error: "invalid_code" });
});

test("it is forgotten after the server confirmed, not before", async () => {
  const answer = gate();
  let held = false;
  const { manager, store, stored, tokens } = await world({
    config: (fake) => ({
      fetch: async (url, init) => {
        if (held) await answer.opened;
        return fake.fetch(url, init);
      },
    }),
  });
  held = true;
  const call = manager.revoke();
  assert.equal(await isPending(call), true);
  assert.deepEqual((await stored()).tokens, { ...tokens });
  answer.open();
  await call;
  assert.equal(await store.load("default"), undefined);
});

test("what the server could not do is kept, and the tokens work on", async () => {
  const { fake, manager, stored, tokens, advance } = await world();
  for (const [how, code] of /** @type {const} */ ([
    ["http_500_html", "unexpected_response"],
    ["http_503", "unexpected_response"],
    ["throttle", "throttled"],
    ["invalid_client", "client_rejected"],
  ])) {
    fake.fail("revoke", how, 9);
    await refused(manager.revoke(), { code });
    fake.fail("revoke", how, 0);
    assert.deepEqual((await stored()).tokens, { ...tokens });
  }
  advance(LIFE);
  assert.notEqual(await manager.accessToken(), tokens.access_token);
});

test("an answer that was lost leaves open what became of the token: it is kept, and a second call finds it unknown", async () => {
  const { fake, manager, store, stored, tokens } = await world();
  fake.fail("revoke", "reset");
  await refused(manager.revoke(), { code: "network", retryable: true });
  assert.deepEqual((await stored()).tokens, { ...tokens });
  await manager.revoke();
  assert.equal(await store.load("default"), undefined);
});

test("what the server does not know is forgotten", async () => {
  const { fake, manager, store } = await world();
  fake.revokeAll();
  await manager.revoke();
  assert.equal(await store.load("default"), undefined);
});

test("nothing stored, nothing sent", async () => {
  const { fake, manager, client } = await world();
  await manager.revoke();
  const sent = fake.log.length;
  await manager.revoke();
  await new TokenManager(client, memoryStore()).revoke();
  assert.equal(fake.log.length, sent);
});

test("a deletion that fails after the server confirmed is told, and made up for by the next call", async () => {
  const { store, under, on } = tampered();
  const { manager } = await world({ store });
  const cause = new Error("disk full");
  on.delete = () => Promise.reject(cause);
  await refused(manager.revoke(), { code: "store", retryable: true, cause });
  delete on.delete;
  await manager.revoke();
  assert.equal(await under.load("default"), undefined);
});

test("other grants of the store stay", async () => {
  const { client, store, manager, tokens } = await world({ key: "one" });
  const other = new TokenManager(client, store, { key: "two" });
  await other.save({ ...tokens, refresh_token: "another" });
  await manager.revoke();
  assert.equal(await store.load("one"), undefined);
  assert.equal((await store.load("two"))?.tokens.refresh_token, "another");
});

test("a grant that is saved while the earlier one is revoked stays", async () => {
  const [reached, answer] = [gate(), gate()];
  let isHeld = false;
  const { manager, stored, tokens } = await world({
    config: (fake) => ({
      fetch: async (url, init) => {
        if (isHeld) {
          reached.open();
          await answer.opened;
        }
        return fake.fetch(url, init);
      },
    }),
  });
  isHeld = true;
  const revoked = manager.revoke();
  await reached.opened;
  const anew = { ...tokens, access_token: "anew", refresh_token: "anew" };
  await manager.save(anew);
  answer.open();
  await revoked;
  assert.deepEqual((await stored()).tokens, anew);
});

for (const held of /** @type {const} */ (["the mark", "the tokens"])) {
  for (const made of [false, true]) {
    const what = made ? "nor does it land in the grant that was made after it" : "it stays forgotten";
    test(`a save of ${held} that comes late does not bring a revoked grant back: ${what}`, async () => {
      const { store, under, on } = tampered();
      const { manager, sibling, advance, tokens, refreshes } = await world({ store });
      advance(LIFE);
      const [reached, saving] = [gate(), gate()];
      on.save = async (proceed, record) => {
        if (held === "the mark" || record.refreshing_since === undefined) {
          reached.open();
          await saving.opened;
        }
        return proceed();
      };
      const late = manager.accessToken();
      await reached.opened;
      delete on.save;
      await sibling().revoke();
      const anew = { ...tokens, access_token: "anew", refresh_token: "anew", expires_at: NOW + 9 * LIFE };
      if (made) await sibling().save(anew);
      saving.open();
      if (made) assert.equal(await late, "anew");
      else await refused(late, { code: "reauthorization_required" });
      assert.deepEqual((await under.load("default"))?.tokens, made ? anew : undefined);
      assert.equal(refreshes(), held === "the mark" ? 0 : 1);
    });
  }
}

test("what could not be saved is what is revoked: the stored token is spent, and the server knows the new one alone", async () => {
  const { store, under, on } = tampered();
  const { state, time, begin } = rotatingServer();
  const manager = await begin(store);
  time.now += LIFE;
  on.save = async (proceed, record) => {
    if (record.refreshing_since) return proceed();
    throw new Error("disk full");
  };
  await refused(manager.accessToken(), { code: "store" });
  delete on.save;
  await manager.revoke();
  assert.deepEqual(state.revoked, [refresh(2)]);
  assert.equal(await under.load("default"), undefined);
  await refused(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(state.presented.length, 1);
});
