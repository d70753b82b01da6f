// revoke deletes the record only after the server confirmed the revocation or does not know the token.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, TokenManager } from "grantkit";
import { isPending, rejects } from "./support/expect.mjs";
import { refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME, NOW, setUp } from "./support/setup.mjs";
import { failSaves, gate, instrumentedStore, withoutLock } from "./support/stores.mjs";
import { passingSeconds, passingTime } from "./support/time.mjs";

test("a confirmed revocation deletes the record, and the tokens are invalid", async () => {
  const { fake, manager, store, tokens, client } = await setUp();
  assert.equal(await manager.revoke(), undefined);
  assert.equal(fake.log.at(-1)?.path, "/oauth/v2/revoke/token");
  assert.equal(await store.load("default"), undefined);
  assert.equal(await manager.tokens(), undefined);
  await rejects(manager.accessToken(), { code: "reauthorization_required" });
  await rejects(client.refreshTokenGrant(tokens), { code: "reauthorization_required", error: "invalid_code" });
});

test("the record is deleted after the server's response, not before", async () => {
  const response = gate();
  let isHeld = false;
  const { manager, store, stored, tokens } = await setUp({
    config: (fake) => ({
      fetch: async (url, init) => {
        if (isHeld) await response.opened;
        return fake.fetch(url, init);
      },
    }),
  });
  isHeld = true;
  const call = manager.revoke();
  assert.equal(await isPending(call), true);
  assert.deepEqual((await stored()).tokens, { ...tokens });
  response.open();
  await call;
  assert.equal(await store.load("default"), undefined);
});

test("a failed revocation keeps the record, and the tokens still work", async () => {
  const { fake, manager, stored, tokens, advance } = await setUp();
  for (const [failure, code] of /** @type {const} */ ([
    ["http_500_html", "unexpected_response"],
    ["http_503", "unexpected_response"],
    ["throttle", "throttled"],
    ["invalid_client", "client_rejected"],
  ])) {
    fake.fail("revoke", failure, 9);
    await rejects(manager.revoke(), { code });
    fake.fail("revoke", failure, 0);
    assert.deepEqual((await stored()).tokens, { ...tokens });
  }
  advance(LIFETIME);
  assert.notEqual(await manager.accessToken(), tokens.access_token);
});

test("after a lost response the record is kept, and a second call deletes it", async () => {
  const { fake, manager, store, stored, tokens } = await setUp();
  fake.fail("revoke", "reset");
  await rejects(manager.revoke(), { code: "network", retryable: true });
  assert.deepEqual((await stored()).tokens, { ...tokens });
  await manager.revoke();
  assert.equal(await store.load("default"), undefined);
});

test("a grant that the server does not know is deleted", async () => {
  const { fake, manager, store } = await setUp();
  fake.revokeAll();
  await manager.revoke();
  assert.equal(await store.load("default"), undefined);
});

test("without a record nothing is sent", async () => {
  const { fake, manager, client } = await setUp();
  await manager.revoke();
  const sent = fake.log.length;
  await manager.revoke();
  await new TokenManager(client, memoryStore()).revoke();
  assert.equal(fake.log.length, sent);
});

test("a delete that fails after the revocation rejects, and the next call repeats it", async () => {
  const { store, under, on } = instrumentedStore();
  const { manager } = await setUp({ store });
  const cause = new Error("disk full");
  on.delete = () => Promise.reject(cause);
  await rejects(manager.revoke(), { code: "store", retryable: true, cause });
  delete on.delete;
  await manager.revoke();
  assert.equal(await under.load("default"), undefined);
});

test("other grants of the store stay stored", async () => {
  const { client, store, manager, tokens } = await setUp({ key: "one" });
  const other = new TokenManager(client, store, { key: "two" });
  await other.save({ ...tokens, refresh_token: "another" });
  await manager.revoke();
  assert.equal(await store.load("one"), undefined);
  assert.equal((await store.load("two"))?.tokens.refresh_token, "another");
});

test("a grant that is saved while the previous one is being revoked stays stored", async () => {
  const [reached, response] = [gate(), gate()];
  let isHeld = false;
  const { manager, stored, tokens } = await setUp({
    config: (fake) => ({
      fetch: async (url, init) => {
        if (isHeld) {
          reached.open();
          await response.opened;
        }
        return fake.fetch(url, init);
      },
    }),
  });
  isHeld = true;
  const revoked = manager.revoke();
  await reached.opened;
  const newTokens = { ...tokens, access_token: "new", refresh_token: "new" };
  await manager.save(newTokens);
  response.open();
  await revoked;
  assert.deepEqual((await stored()).tokens, newTokens);
});

for (const delayed of /** @type {const} */ (["the mark", "the tokens"])) {
  for (const reconnected of [false, true]) {
    const result = reconnected ? "the new grant is unchanged" : "the record stays deleted";
    test(`a late save of ${delayed} does not restore a revoked grant: ${result}`, async (t) => {
      const { store, under, on } = instrumentedStore();
      const setup = await setUp({ store: withoutLock(store), storeTimeoutMs: 1_000_000 });
      const { manager, otherManager, advance, tokens, refreshes } = setup;
      const passing = passingTime(t, () => advance(1));
      advance(LIFETIME);
      const [reached, saving] = [gate(), gate()];
      on.save = async (proceed, record) => {
        if (delayed === "the mark" || record.refreshing_since === undefined) {
          reached.open();
          await saving.opened;
        }
        return proceed();
      };
      const late = manager.accessToken();
      await reached.opened;
      delete on.save;
      await passing(otherManager().revoke());
      const newTokens = { ...tokens, access_token: "new", refresh_token: "new", expires_at: NOW + 9 * LIFETIME };
      if (reconnected) await otherManager().save(newTokens);
      saving.open();
      if (reconnected) assert.equal(await passing(late), "new");
      else {
        const { tokens } = await rejects(passing(late), { code: "reauthorization_required" });
        assert.equal(tokens === undefined, delayed === "the mark", "tokens that were issued are in the error");
      }
      assert.deepEqual((await under.load("default"))?.tokens, reconnected ? newTokens : undefined);
      assert.equal(refreshes(), delayed === "the mark" ? 0 : 1);
    });
  }
}

test("tokens that could not be saved are revoked: the server has rotated the stored refresh token", async (t) => {
  const { store, under, on } = instrumentedStore();
  const { state, time, managerOf } = rotatingServer();
  const manager = await managerOf(store);
  time.now += LIFETIME;
  failSaves(on);
  const passing = passingSeconds(t, time);
  await rejects(passing(manager.accessToken()), { code: "store" });
  // It comes after the last attempt to save them.
  await passing(manager.revoke());
  assert.deepEqual(state.revoked, [refresh(2)]);
  assert.equal(await under.load("default"), undefined);
  await rejects(manager.accessToken(), { code: "reauthorization_required" });
  assert.equal(state.presented.length, 1);
});

test("unsaved tokens of a replaced grant are not revoked in place of the new ones", async (t) => {
  const { state, managerOf, time } = rotatingServer();
  const { store, on, under } = instrumentedStore();
  const manager = await managerOf(store);
  time.now += state.lifetime;
  failSaves(on);
  const passing = passingSeconds(t, time);
  await rejects(passing(manager.accessToken()), { code: "store" });
  // Another process saves a new consent.
  const record = await under.load("default");
  assert.ok(record);
  const tokens = { access_token: "a", refresh_token: "r-of-the-new-consent", token_type: "Bearer" };
  await under.save("default", { ...record, version: record.version + 1, tokens }, record.version);
  await passing(manager.revoke());
  assert.deepEqual(state.revoked, ["r-of-the-new-consent"]);
  assert.equal(await under.load("default"), undefined);
});
