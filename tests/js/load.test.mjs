// How a browser loads the WebAssembly module, and what happens with a wrong content type.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { mock, test } from "node:test";
import { source } from "../../pkg/load/fetch.js";

const FILE = new URL("../../pkg/wasm/grantkit_bg.wasm", import.meta.url);

/** The result of `source()` with such a response of the server. @param {BodyInit} body @param {ResponseInit} init */
async function load(body, init) {
  const fetch = mock.method(globalThis, "fetch", async () => new Response(body, init));
  try {
    return await source();
  } finally {
    assert.equal(`${fetch.mock.calls[0]?.arguments[0]}`, FILE.href);
    fetch.mock.restore();
  }
}

test("a response of type application/wasm is compiled while it streams", async () => {
  const headers = { "content-type": "application/wasm" };
  assert.ok((await load(await readFile(FILE), { headers })) instanceof WebAssembly.Module);
});

test("a response of another type is read as bytes", async () => {
  const file = await readFile(FILE);
  const bytes = await load(file, { headers: { "content-type": "text/plain" } });
  assert.ok(bytes instanceof ArrayBuffer);
  assert.deepEqual(Buffer.from(bytes), file);
});

test("an error page is an error with its status", async () => {
  await assert.rejects(load("<html>", { status: 404 }), /^Error: HTTP 404 for /);
});
