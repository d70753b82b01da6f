// docs/stores.md: its snippets run, and its times and members are those of the code.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fakeZoho } from "grantkit/testing";
import Database from "libsql";
import { rows } from "../support/markdown.mjs";
import { showsToken } from "../support/program.mjs";
import { snippetsOf } from "../support/snippets.mjs";

const { text, folder, snippet, noneIsLeftOut } = await snippetsOf("docs/stores.md");
const source = (/** @type {string} */ path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
const TOKENS = {
  access_token: `1000.${"a".repeat(32)}.b`,
  token_type: "Bearer",
  refresh_token: `1000.${"c".repeat(32)}.d`,
};

test("one store holds a grant for each user", async (t) => {
  const registered = { client_id: "1000.DOCS", client_secret: "secret" };
  const fake = await fakeZoho({ clients: [registered] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  Object.assign(process.env, { ZOHO_CLIENT_ID: registered.client_id, ZOHO_CLIENT_SECRET: registered.client_secret });
  const { grantOf } = await snippet("Choose a store");
  await grantOf("ada").save(TOKENS);
  assert.equal(await grantOf("ada").accessToken(), TOKENS.access_token);
  assert.equal(await grantOf("emil").tokens(), undefined);
});

test("keys rotate as described", async () => {
  const { grantsIn } = await snippet("Encrypt records, and rotate keys");
  const path = join(folder, "grants.json");
  const [old, fresh] = [1, 2].map(() => randomBytes(32).toString("base64url"));
  const record = (/** @type {number} */ version) => ({ version, tokens: TOKENS, requests: [] });
  await grantsIn(path, [old]).save("ada", record(1), undefined);
  await assert.rejects(grantsIn(path, [fresh]).load("ada"), { code: "store" });
  assert.equal((await grantsIn(path, [fresh, old]).load("ada")).version, 1);
  await grantsIn(path, [fresh, old]).save("ada", record(2), 1);
  assert.equal((await grantsIn(path, [fresh]).load("ada")).version, 2);
  await assert.rejects(grantsIn(path, [old]).load("ada"), { code: "store" });
  assert.equal(showsToken(await readFile(path, "utf8")), false);
});

test("the store of the page passes checkTokenStore, and one that ignores the expected version does not", async () => {
  const { tableStore, check } = await snippet("Write your own store");
  await check(() => tableStore(new Database(":memory:")));
  const unconditional = () => {
    const db = new Database(":memory:");
    const store = tableStore(db);
    const write = db.prepare("INSERT OR REPLACE INTO grants VALUES (?, ?, ?)");
    /** @param {string} key @param {import("grantkit").GrantRecord} record */
    store.save = async (key, record) => write.run(key, record.version, JSON.stringify(record)).changes === 1;
    return store;
  };
  await assert.rejects(check(unconditional), { name: "OAuthError" });
});

test("every member of a record is described", async () => {
  const [, members = ""] = /interface GrantRecord \{(.*?)\n\}/s.exec(await source("pkg/index.d.ts")) ?? [];
  const names = [...members.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
  assert.deepEqual(
    rows(text, "Member").map(([name]) => name),
    names,
  );
});

test("the times are those of the code", async () => {
  assert.match(await source("pkg/manager.js"), /leeway = 300, storeTimeoutMs: given = 10_000 /);
  assert.match(await source("pkg/manager.js"), /MARGIN = 5;/);
  assert.match(await source("src/manager/policy.rs"), /MARGIN: Duration = Duration::from_secs\(5\)/);
  assert.match(await source("src/manager/policy.rs"), /SAVING: Duration = Duration::from_secs\(30\)/);
  assert.match(await source("src/manager/policy.rs"), /FIRST_SAVE_PAUSE: Duration = Duration::from_millis\(100\)/);
  assert.match(await source("src/manager/policy.rs"), /LONGEST_SAVE_PAUSE: Duration = Duration::from_secs\(4\)/);
  assert.match(await source("pkg/store-error.js"), /LOCK_PATIENCE = 120_000;/);
  assert.match(await source("pkg/store-effects.js"), /LOCK_MARGIN = 45_000;/);
  assert.match(await source("src/manager/budget.rs"), /TRAVEL: Duration = Duration::from_secs\(10\);/);
  const { throttle, budget } = JSON.parse(await source("src/provider/rows/zoho.json"));
  assert.deepEqual({ throttle, budget }, { throttle: { hold_off: 600 }, budget: { requests: 10, window: 600 } });
  const prose = text.replaceAll(/\s+/g, " ");
  for (const phrase of [
    "`leeway` seconds (default 300, plus up to a tenth",
    "until the mark is 30 seconds old, or `timeoutMs` and 5 seconds if that is longer",
    "`storeTimeoutMs` (default 10 seconds)",
    "pauses from 0.1 to 4 seconds, for 30 seconds",
    "Waiting for a lock ends after 120 seconds",
    "`timeoutMs` and 45 seconds at most",
    "ten seconds longer than the server's window",
  ]) {
    assert.ok(prose.includes(phrase), phrase);
  }
});

test("every snippet is run", noneIsLeftOut);
