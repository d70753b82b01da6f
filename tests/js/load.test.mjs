// Where the module's bytes come from in a browser, and what becomes of a server that does not know what they are.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { mock, test } from "node:test";
import { source } from "../../pkg/load/fetch.js";

const FILE = new URL("../../pkg/wasm/grantkit_bg.wasm", import.meta.url);

/** What the source gives while the server answers like this. @param {BodyInit} body @param {ResponseInit} init */
async function given(body, init) {
  const fetch = mock.method(globalThis, "fetch", async () => new Response(body, init));
  try {
    return await source();
  } finally {
    assert.equal(`${fetch.mock.calls[0]?.arguments[0]}`, FILE.href);
    fetch.mock.restore();
  }
}

test("what the server calls application/wasm is compiled while it comes", async () => {
  const headers = { "content-type": "application/wasm" };
  assert.ok((await given(await readFile(FILE), { headers })) instanceof WebAssembly.Module);
});

test("what it calls something else is taken as bytes", async () => {
  const file = await readFile(FILE);
  const bytes = await given(file, { headers: { "content-type": "text/plain" } });
  assert.ok(bytes instanceof ArrayBuffer);
  assert.deepEqual(Buffer.from(bytes), file);
});

test("a page in its place is an error that says so", async () => {
  await assert.rejects(given("<html>", { status: 404 }), /^Error: HTTP 404 for /);
});
