import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { durableObjectStore } from "../../../pkg/stores/durable-object.js";
import { assertFails, grant } from "./support/expect.mjs";

// Required, not imported: its declarations import files that it does not publish, so tsc cannot check them.
const { Miniflare } = createRequire(import.meta.url)("miniflare");

const folder = await mkdtemp(join(tmpdir(), "grantkit-objects-"));
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("support/durable-objects.mjs", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
  conditions: ["workerd"],
});
const script = outputFiles[0]?.text;

const start = () =>
  new Miniflare({
    modules: true,
    script,
    compatibilityDate: "2026-04-01",
    durableObjects: {
      sqlite: { className: "InSqlite", useSQLite: true },
      kv: { className: "InKv", useSQLite: false },
    },
    durableObjectsPersist: folder,
  });
let miniflare = start();
after(async () => {
  await miniflare.dispose();
  await rm(folder, { recursive: true });
});

/**
 * @param {string} backend
 * @param {string} action
 * @param {unknown} [body]
 */
async function invoke(backend, action, body) {
  const response = await miniflare.dispatchFetch(`http://objects/${backend}`, {
    method: "POST",
    body: JSON.stringify({ action, body }),
  });
  return response.json();
}

for (const backend of ["sqlite", "kv"]) {
  test(`durableObjectStore passes the suite in workerd, in ${backend} storage`, async () => {
    assert.deepEqual(await invoke(backend, "suite"), { value: [] });
  });

  test(`sealedStore over it passes the suite in workerd, in ${backend} storage`, async () => {
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    assert.deepEqual(await invoke(backend, "sealed suite", key), { value: [] });
  });

  test(`a record is a plain object in ${backend} storage, and survives a restart`, async () => {
    assert.deepEqual(await invoke(backend, "save", { key: "a", record: grant(1) }), { value: true });
    await miniflare.dispose();
    miniflare = start();
    assert.deepEqual(await invoke(backend, "raw", "grantkit:a"), { value: grant(1) });
    assert.deepEqual(await invoke(backend, "save", { key: "a", record: grant(2), expected: 7 }), { value: false });
    assert.deepEqual(await invoke(backend, "save", { key: "a", record: grant(2), expected: 1 }), { value: true });
    assert.deepEqual(await invoke(backend, "load", "a"), { value: grant(2) });
  });

  test(`32 concurrent increments in ${backend} storage add up to 32`, async () => {
    const responses = await Promise.all(Array.from({ length: 32 }, () => invoke(backend, "increment", "count")));
    const versions = responses.map(({ value }) => value).sort((a, b) => a - b);
    assert.deepEqual(
      versions,
      Array.from({ length: 32 }, (_, at) => at + 1),
    );
  });

  test(`an invalid record in ${backend} storage is named and left unchanged`, async () => {
    for (const value of ["text", 7, { version: "1" }, null]) {
      await invoke(backend, "put", { key: "grantkit:bad", value });
      for (const action of ["load", "save"]) {
        const { error } = await invoke(backend, action, action === "load" ? "bad" : { key: "bad", record: grant(1) });
        assert.equal(error.code, "store");
        assert.match(
          error.message,
          /^the record of "bad" in the Durable Object's storage is not a grant record, and was not changed: put back /,
        );
      }
      assert.deepEqual(await invoke(backend, "raw", "grantkit:bad"), { value: value });
    }
  });

  test(`an error of ${backend} storage is the cause of a store error`, async () => {
    const { error } = await invoke(backend, "load", "k".repeat(3_000_000));
    assert.deepEqual([error.name, error.code], ["OAuthError", "store"]);
    assert.match(error.message, /could not be loaded \(.+\): call again$/);
    assert.match(error.cause, /\w/);
  });
}

test("an invalid storage is rejected at once", async () => {
  for (const storage of [undefined, null, {}, { get() {}, put() {} }]) {
    await assertFails(() => durableObjectStore(storage), "invalid_configuration", /pass ctx\.storage/);
  }
});
