import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTokenStore } from "../../../pkg/check-token-store.js";
import { sealer } from "../../../pkg/sealer.js";
import { memoryStore } from "../../../pkg/stores/memory.js";
import { sealedStore } from "../../../pkg/stores/sealed.js";
import { assertFails, grant, SECRET } from "./support/expect.mjs";

/** @typedef {import("../../../pkg/index.js").GrantRecord} GrantRecord */

const newKey = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
const [first, second] = [newKey(), newKey()];

/** @param {string | string[]} [keys] */
function make(keys = first) {
  const inner = memoryStore();
  return { inner, store: sealedStore(inner, sealer(keys)) };
}

/** A stored record, to be moved or changed. @param {unknown} record */
const raw = (record) => /** @type {GrantRecord} */ (record);

test("sealedStore passes the suite, over a store with and without a lock", async () => {
  const { inner } = make();
  await checkTokenStore(() => sealedStore(inner, sealer(first)));
  const { lock: _, ...withoutLock } = inner;
  assert.equal(sealedStore(withoutLock, sealer(first)).lock, undefined);
  await checkTokenStore(() => sealedStore(withoutLock, sealer(first)));
});

test("the inner store gets a version and a JWE, and nothing else of the grant", async () => {
  const { inner, store } = make();
  await store.save("a", grant(7), undefined);
  const inStore = raw(await inner.load("a"));
  assert.deepEqual(Object.keys(inStore), ["version", "sealed"]);
  assert.equal(inStore.version, 7);
  assert.doesNotMatch(JSON.stringify(inStore), new RegExp(`${SECRET}|requests|access_token`));
  assert.deepEqual(await store.load("a"), grant(7));
});

test("a record that was moved to another key does not open, and stays stored", async () => {
  const { inner, store } = make();
  await store.save("tenant-1", grant(1), undefined);
  const moved = raw(await inner.load("tenant-1"));
  await inner.save("tenant-2", moved, undefined);
  const error = await assertFails(
    store.load("tenant-2"),
    "store",
    /"tenant-2" cannot be unsealed, .*: pass its key after the first one, or delete the record and connect again$/,
  );
  assert.equal(error.retryable, false);
  assert.match(String(error.cause), /sealed for another purpose: unseal it/);
  assert.deepEqual(await inner.load("tenant-2"), moved);
});

test("a version that was changed in the inner store is detected", async () => {
  const { inner, store } = make();
  await store.save("a", grant(1), undefined);
  await inner.save("a", raw({ ...(await inner.load("a")), version: 2 }), 1);
  await assertFails(store.load("a"), "store", /was changed, since its version is not the sealed version: delete /);
});

test("another sealer's record does not open; with both keys it does, and the next save seals it with the new key", async () => {
  const { inner, store } = make(first);
  await store.save("a", grant(1), undefined);
  await assertFails(sealedStore(inner, sealer(second)).load("a"), "store", /not among the sealer's/);
  const rotated = sealedStore(inner, sealer([second, first]));
  assert.deepEqual(await rotated.load("a"), grant(1));
  assert.equal(await rotated.save("a", grant(2), 1), true);
  assert.deepEqual(await sealedStore(inner, sealer(second)).load("a"), grant(2));
});

test("an unsealed record is read and sealed by the next save", async () => {
  const { inner, store } = make();
  await inner.save("a", grant(1), undefined);
  assert.deepEqual(await store.load("a"), grant(1));
  assert.equal(await store.save("a", grant(2), 1), true);
  assert.doesNotMatch(JSON.stringify(await inner.load("a")), new RegExp(SECRET));
  assert.deepEqual(await store.load("a"), grant(2));
});

test("an invalid sealed text does not open", async () => {
  const { inner, store } = make();
  const other = await sealer(first).seal("no record", { purpose: "grantkit record d" });
  for (const [key, sealed] of Object.entries({ a: "", b: 7, c: `${SECRET}`, d: other, e: null })) {
    await inner.save(key, raw({ version: 1, sealed }), undefined);
    await assertFails(store.load(key), "store", /cannot be unsealed|not a grant record/);
  }
});

test("an error of the inner store is thrown unchanged", async () => {
  const broken = new Error("no database");
  const inStore = { ...memoryStore(), load: () => Promise.reject(broken) };
  await assert.rejects(sealedStore(inStore, sealer(first)).load("a"), broken);
});

test("what is no store or no sealer is refused", () => {
  const is = (/** @type {string} */ message) => ({ name: "OAuthError", code: "invalid_configuration", message });
  const { load, save, delete: remove } = memoryStore();
  const { seal, unseal } = sealer(first);
  for (const wrong of [undefined, null, {}, "redis", { seal }, { unseal }, sealer]) {
    const call = () => sealedStore(memoryStore(), /** @type {any} */ (wrong));
    assert.throws(call, is("the sealer is not a Sealer: pass sealer(keys)"));
  }
  for (const wrong of [undefined, null, {}, { load, save }, { load, delete: remove }, { save, delete: remove }]) {
    const call = () => sealedStore(/** @type {any} */ (wrong), sealer(first));
    assert.throws(call, is("the store is not a TokenStore: pass one, such as memoryStore()"));
  }
});

test("members that a later version writes beside the sealed record are kept, and are not sealed", async () => {
  const { inner, store } = make();
  await store.save("a", grant(1), undefined);
  const plain = raw(await inner.load("a"));
  await inner.delete("a");
  await inner.save("a", raw({ ...plain, expires_at: 1_900_000_000 }), undefined);
  const loaded = (await store.load("a")) ?? assert.fail();
  assert.equal(JSON.stringify(loaded), JSON.stringify(grant(1)));
  assert.equal(await store.save("a", { ...loaded, ...grant(2) }, 1), true);
  const saved = raw(await inner.load("a"));
  assert.deepEqual({ ...saved, sealed: "" }, { ...plain, version: 2, sealed: "", expires_at: 1_900_000_000 });
  assert.equal(JSON.stringify(await store.load("a")), JSON.stringify(grant(2)));
});

test("a sealed record of a newer format is refused by its format in clear", async () => {
  const { inner, store } = make();
  await store.save("a", grant(1), undefined);
  const newer = raw({ version: 2, format: 2, sealed: "a newer sealing" });
  await inner.save("a", newer, 1);
  const message = /^grant "a" was written by a newer grantkit, since its format is 2, .*: update grantkit here$/;
  assert.equal((await assertFails(store.load("a"), "store", message)).retryable, false);
  assert.deepEqual(await inner.load("a"), newer);
});
