// docs/coming-from.md: the other library's snippet of each comparison works as printed, against a fake Zoho on loopback.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fakeZoho } from "grantkit/testing";
import { sections } from "../support/markdown.mjs";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const text = await readFile(new URL("../../docs/coming-from.md", import.meta.url), "utf8");
const manifest = JSON.parse(await readFile(join(HERE, "package.json"), "utf8"));
const CLIENT = { client_id: "1000.DOCS", client_secret: "secret" };

/** Loads the other library's snippet, with the fake's address in place of Zoho's. @param {import("node:test").TestContext} t @param {string} title */
async function other(t, title) {
  const fake = await fakeZoho({ clients: [{ ...CLIENT, redirect_uris: ["https://app.example/callback"] }] });
  const { accounts, close } = await fake.listen();
  t.after(close);
  const [block] = sections(text).find((section) => section.title === title)?.blocks ?? [];
  assert.equal(block?.language, "javascript");
  // Inside node_modules, so that the snippet can import the libraries by name.
  const folder = await mkdtemp(join(HERE, "node_modules", ".docs-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "snippet.mjs");
  await writeFile(file, block.text.replace("https://accounts.zoho.com", accounts.us));
  Object.assign(process.env, { ZOHO_CLIENT_ID: CLIENT.client_id, ZOHO_CLIENT_SECRET: CLIENT.client_secret });
  return { fake, ...(await import(pathToFileURL(file).href)) };
}

for (const name of ["arctic", "simple-oauth2"]) {
  test(`${name} ${manifest.dependencies[name]}: login, refreshes, and the callback of another login`, async (t) => {
    assert.ok(text.includes(`${name} ${manifest.dependencies[name]}`), "the document names the version");
    const { fake, begin, end, accessToken } = await other(t, `From ${name}`);
    /** @type {any} */
    const session = {};
    const callback = fake.consent(begin(session));
    await end(callback, session);
    const first = await accessToken(session);
    for (const time of [1, 2]) {
      if (session.token) session.token = { ...session.token, expires_at: 0 };
      else session.expires = new Date(0);
      assert.notEqual(await accessToken(session), first, `refresh ${time}`);
    }
    await assert.rejects(end(callback.replace("state=", "state=x"), session), /another attempt/);
  });
}
