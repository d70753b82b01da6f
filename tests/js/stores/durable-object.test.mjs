import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { durableObjectStore } from "../../../pkg/stores/durable-object.js";
import { failure, grant } from "./support/expect.mjs";

// Required, not imported: its declarations name files that it does not publish, so they cannot be checked.
const { Miniflare } = createRequire(import.meta.url)("miniflare");

const folder = await mkdtemp(join(tmpdir(), "grantkit-vault-"));
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("support/vault.mjs", import.meta.url))],
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
 * @param {string} deed
 * @param {unknown} [body]
 */
async function ask(backend, deed, body) {
  const response = await miniflare.dispatchFetch(`http://vault/${backend}`, {
    method: "POST",
    body: JSON.stringify({ deed, body }),
  });
  return response.json();
}

for (const backend of ["sqlite", "kv"]) {
  test(`durableObjectStore passes the suite in workerd, in ${backend} storage`, async () => {
    assert.deepEqual(await ask(backend, "suite"), { answer: [] });
  });

  test(`sealedStore passes it there, in ${backend} storage`, async () => {
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    assert.deepEqual(await ask(backend, "sealed suite", key), { answer: [] });
  });

  test(`a record is a plain object in ${backend} storage, and outlives the runtime`, async () => {
    assert.deepEqual(await ask(backend, "save", { key: "a", record: grant(1) }), { answer: true });
    await miniflare.dispose();
    miniflare = start();
    assert.deepEqual(await ask(backend, "raw", "grantkit:a"), { answer: grant(1) });
    assert.deepEqual(await ask(backend, "save", { key: "a", record: grant(2), expected: 7 }), { answer: false });
    assert.deepEqual(await ask(backend, "save", { key: "a", record: grant(2), expected: 1 }), { answer: true });
    assert.deepEqual(await ask(backend, "load", "a"), { answer: grant(2) });
  });

  test(`32 requests at once that each count up in ${backend} storage make 32`, async () => {
    const answers = await Promise.all(Array.from({ length: 32 }, () => ask(backend, "increment", "count")));
    const versions = answers.map(({ answer }) => answer).sort((a, b) => a - b);
    assert.deepEqual(
      versions,
      Array.from({ length: 32 }, (_, at) => at + 1),
    );
  });

  test(`what is no record in ${backend} storage is named, and left as it is`, async () => {
    for (const value of ["text", 7, { version: "1" }, null]) {
      await ask(backend, "put", { key: "grantkit:bad", value });
      for (const deed of ["load", "save"]) {
        const { error } = await ask(backend, deed, deed === "load" ? "bad" : { key: "bad", record: grant(1) });
        assert.equal(error.code, "store");
        assert.match(error.message, /The record of "bad" in the Durable Object's storage is no record.*left as it is/);
      }
      assert.deepEqual(await ask(backend, "raw", "grantkit:bad"), { answer: value });
    }
  });

  test(`an error of ${backend} storage is passed on with its cause`, async () => {
    const { error } = await ask(backend, "load", "k".repeat(3_000_000));
    assert.deepEqual([error.name, error.code], ["OAuthError", "store"]);
    assert.match(error.message, /could not be loaded: .+\. Call again\./);
    assert.match(error.cause, /\w/);
  });
}

test("what is no storage is refused at once", async () => {
  for (const storage of [undefined, null, {}, { get() {}, put() {} }]) {
    await failure(() => durableObjectStore(storage), "invalid_configuration", /pass ctx\.storage/);
  }
});
