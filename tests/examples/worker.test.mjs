// The Worker with its Durable Object, its database and its cron trigger, as wrangler.toml says, in workerd.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { OAuthClient, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { bundle, Miniflare } from "../runtimes/support/workerd.mjs";
import { showsToken } from "../support/program.mjs";

// Required, not imported: their declarations name files that they do not publish.
const { Response: MiniflareResponse } = createRequire(import.meta.url)("miniflare");
const { unstable_getMiniflareWorkerOptions: optionsOf } = createRequire(import.meta.url)("wrangler");

const CLIENT = /** @type {const} */ ({
  client_id: "1000.WORKER",
  client_secret: "secret-of-the-worker",
  location: "us",
});
const ADMIN_KEY = "key-of-the-admin";
const CRM = "https://www.zohoapis.com/crm/v8";
/** Pages of 200: three. */
const CONTACTS = 430;

const folder = await mkdtemp(join(tmpdir(), "grantkit-worker-"));
after(() => rm(folder, { recursive: true }));
const modules = await bundle("examples/worker/worker.mjs", folder);
const schema = await readFile("examples/worker/migrations/0001_contacts.sql", "utf8");

/** @param {import("node:test").TestContext} t @param {Record<string, string>} [keys] */
async function world(t, keys = { ADMIN_KEY }) {
  const fake = await fakeZoho({ clients: [CLIENT], now: Math.floor(Date.now() / 1000) });
  const { workerOptions } = optionsOf("examples/worker/wrangler.toml");
  const miniflare = new Miniflare({
    ...workerOptions,
    modulesRoot: folder,
    modules,
    bindings: {
      ...workerOptions.bindings,
      ZOHO_CLIENT_ID: CLIENT.client_id,
      ZOHO_CLIENT_SECRET: CLIENT.client_secret,
      ...keys,
    },
    outboundService: async (/** @type {Request} */ request) => {
      const { method, url, headers } = request;
      const body = method === "GET" ? null : await request.text();
      const answer = await fake.fetch(url, { method, headers: [...headers], body });
      // A Response may have no body with these.
      const text = [204, 304].includes(answer.status) ? null : await answer.text();
      return new MiniflareResponse(text, { status: answer.status, headers: [...answer.headers] });
    },
  });
  t.after(() => miniflare.dispose());
  const database = await miniflare.getD1Database("DB");
  for (const statement of schema
    .replaceAll(/^--.*$/gm, "")
    .split(";\n")
    .filter((text) => text.trim())) {
    await database.prepare(statement).run();
  }
  const { location, ...registered } = CLIENT;
  const client = new OAuthClient({ server: zoho({ location }), ...registered, fetch: fake.fetch });
  const code = (/** @type {string} */ scope) => fake.selfClientCode({ client_id: CLIENT.client_id, scope });
  const tokens = await client.exchangeCode(code("ZohoCRM.modules.ALL"));
  /** @param {string} method @param {string} path @param {object} [records] */
  async function call(method, path, records) {
    const headers = { authorization: `Zoho-oauthtoken ${tokens.access_token}` };
    const body = records && JSON.stringify({ data: [records].flat() });
    await fake.fetch(`${CRM}/${path}`, { method, headers, ...(body && { body }) });
  }
  await call(
    "POST",
    "Contacts",
    Array.from({ length: CONTACTS - 130 }, (_, index) => ({ Last_Name: `Made ${index}` })),
  );
  fake.advance(600);
  const worker = await miniflare.getWorker();
  return {
    fake,
    call,
    code: () => code("ZohoCRM.modules.READ"),
    /** @param {string} path @param {RequestInit} [init] @param {string} [key] */
    async ask(path, init, key = ADMIN_KEY) {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await miniflare.dispatchFetch(`https://worker.example${path}`, { ...init, headers });
      return { status: answer.status, text: await answer.text() };
    },
    /** Rings the hour, and says what came of it and what was asked of Zoho. @returns {Promise<{ outcome: string, asked: string[] }>} */
    async rings() {
      const before = fake.log.length;
      const { outcome } = await worker.scheduled({ cron: "7 * * * *" });
      const asked = fake.log
        .slice(before)
        .map(({ path, grant_type = "", status }) => `${path} ${grant_type || status}`);
      return { outcome, asked };
    },
    /** @param {string} sql @returns {Promise<any[]>} */
    rows: async (sql) => (await database.prepare(sql).all()).results,
  };
}

const [LIST, DELETED] = ["/crm/v8/Contacts", "/crm/v8/Contacts/deleted"];

test("every hour it stores what changed, and drops what was deleted", async (t) => {
  const { ask, rings, rows, call, code, fake } = await world(t);
  assert.deepEqual(await ask("/connect", { method: "POST", body: code() }), { status: 200, text: "connected\n" });
  assert.deepEqual(await rings(), { outcome: "ok", asked: [200, 200, 200].map((status) => `${LIST} ${status}`) });
  assert.equal((await rows("SELECT count(*) AS contacts FROM contacts"))[0].contacts, CONTACTS);

  fake.advance(1800);
  assert.deepEqual(await rings(), { outcome: "ok", asked: [`${DELETED} 204`, `${LIST} 304`] });

  const [changed, gone] = await rows("SELECT id FROM contacts ORDER BY id");
  await call("PUT", `Contacts/${changed.id}`, { Last_Name: "Lovelace", Email: "ada@example.com" });
  await call("DELETE", `Contacts/${gone.id}`);
  fake.advance(900);
  assert.deepEqual(await rings(), { outcome: "ok", asked: [`${DELETED} 200`, `${LIST} 200`] });
  const [first, second] = await rows("SELECT * FROM contacts ORDER BY id");
  assert.deepEqual([first.id, first.Last_Name, first.Email], [changed.id, "Lovelace", "ada@example.com"]);
  assert.notEqual(second.id, gone.id);
  assert.equal((await rows("SELECT count(*) AS contacts FROM contacts"))[0].contacts, CONTACTS - 1);
});

test("a run that fails is gone on with, and a token that Zoho refuses is replaced once", async (t) => {
  const { ask, rings, rows, code, fake } = await world(t);
  await ask("/connect", { method: "POST", body: code() });
  fake.fail("api", "too_many_requests");
  assert.deepEqual(await rings(), { outcome: "exception", asked: [`${LIST} 429`] });
  assert.deepEqual(await rows("SELECT * FROM sync"), []);
  // Zoho refuses the token while the vault takes it for good.
  fake.advance(3600);
  assert.deepEqual(await rings(), {
    outcome: "ok",
    asked: [`${LIST} 401`, "/oauth/v2/token refresh_token", ...[200, 200, 200].map((status) => `${LIST} ${status}`)],
  });
  assert.equal((await rows("SELECT count(*) AS contacts FROM contacts"))[0].contacts, CONTACTS);
  const status = JSON.parse((await ask("/")).text);
  assert.deepEqual([status.connected, status.scope], [true, "ZohoCRM.modules.READ"]);
});

test("a first pass whose page token serves no more begins anew, and no deletion is missed", async (t) => {
  const { ask, rings, rows, call, code, fake } = await world(t);
  await ask("/connect", { method: "POST", body: code() });
  await rings();
  // As if that had been a part of a first pass, which goes on with the token of another list.
  await rows("UPDATE sync SET began = since, since = NULL, page_token = 'of-another-list'");
  const [{ id: gone }] = await rows("SELECT id FROM contacts ORDER BY id");
  fake.advance(600);
  await call("DELETE", `Contacts/${gone}`);
  fake.advance(600);
  assert.equal((await rings()).outcome, "exception");
  await rings();
  fake.advance(600);
  await rings();
  assert.deepEqual(await rows(`SELECT * FROM contacts WHERE id = '${gone}'`), []);
});

test("nobody else connects it, and it says what is wrong with a code", async (t) => {
  const { ask, rings, code } = await world(t);
  assert.deepEqual(await ask("/connect", { method: "POST", body: code() }, "another"), {
    status: 401,
    text: "not you\n",
  });
  assert.equal((await rings()).outcome, "exception");
  const once = code();
  await ask("/connect", { method: "POST", body: once });
  const again = await ask("/connect", { method: "POST", body: once });
  assert.equal(again.status, 400);
  assert.match(again.text, /^code_rejected: invalid_code from accounts\.zoho\.com: /);
  assert.equal(showsToken(again.text), false);
});

test("where no key is set, nobody is the admin", async (t) => {
  for (const [keys, given] of /** @type {const} */ ([
    [{}, "undefined"],
    [{ ADMIN_KEY: "" }, ""],
  ])) {
    const { ask } = await world(t, keys);
    assert.deepEqual(await ask("/", {}, given), { status: 401, text: "not you\n" }, JSON.stringify(keys));
  }
});

test("what is wrong in the vault is said too", async (t) => {
  const { ask } = await world(t, { ADMIN_KEY, ZOHO_CLIENT_ID: "" });
  const { status, text } = await ask("/");
  assert.equal(status, 400);
  assert.match(text, /^invalid_configuration: client_id is missing: [^{}]+\n$/);
});
