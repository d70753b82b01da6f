// examples/worker in workerd, with the Durable Object, the database and the cron trigger of its wrangler.toml.

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

// Required and not imported, because their declarations refer to files that are not published.
const { Response: MiniflareResponse } = createRequire(import.meta.url)("miniflare");
const { unstable_getMiniflareWorkerOptions: optionsOf } = createRequire(import.meta.url)("wrangler");

const CLIENT = /** @type {const} */ ({
  client_id: "1000.WORKER",
  client_secret: "secret-of-the-worker",
  location: "us",
});
const ADMIN_KEY = "key-of-the-admin";
const CRM = "https://www.zohoapis.com/crm/v8";
/** Three pages of 200. */
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
      const response = await fake.fetch(url, { method, headers: [...headers], body });
      // A Response with one of these statuses must not have a body.
      const text = [204, 304].includes(response.status) ? null : await response.text();
      return new MiniflareResponse(text, { status: response.status, headers: [...response.headers] });
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
    async request(path, init, key = ADMIN_KEY) {
      const headers = { authorization: `Bearer ${key}` };
      const response = await miniflare.dispatchFetch(`https://worker.example${path}`, { ...init, headers });
      return { status: response.status, text: await response.text() };
    },
    /** Runs the cron trigger; returns its outcome and the requests to Zoho. @returns {Promise<{ outcome: string, sent: string[] }>} */
    async runCron() {
      const before = fake.log.length;
      const { outcome } = await worker.scheduled({ cron: "7 * * * *" });
      const sent = fake.log.slice(before).map(({ path, grant_type = "", status }) => `${path} ${grant_type || status}`);
      return { outcome, sent };
    },
    /** @param {string} sql @returns {Promise<any[]>} */
    rows: async (sql) => (await database.prepare(sql).all()).results,
  };
}

const [LIST, DELETED] = ["/crm/v8/Contacts", "/crm/v8/Contacts/deleted"];

test("every hour it stores changed contacts and deletes removed ones", async (t) => {
  const { request, runCron, rows, call, code, fake } = await world(t);
  assert.deepEqual(await request("/connect", { method: "POST", body: code() }), { status: 200, text: "connected\n" });
  assert.deepEqual(await runCron(), { outcome: "ok", sent: [200, 200, 200].map((status) => `${LIST} ${status}`) });
  assert.equal((await rows("SELECT count(*) AS contacts FROM contacts"))[0].contacts, CONTACTS);

  fake.advance(1800);
  assert.deepEqual(await runCron(), { outcome: "ok", sent: [`${DELETED} 204`, `${LIST} 304`] });

  const [changed, gone] = await rows("SELECT id FROM contacts ORDER BY id");
  await call("PUT", `Contacts/${changed.id}`, { Last_Name: "Lovelace", Email: "ada@example.com" });
  await call("DELETE", `Contacts/${gone.id}`);
  fake.advance(900);
  assert.deepEqual(await runCron(), { outcome: "ok", sent: [`${DELETED} 200`, `${LIST} 200`] });
  const [first, second] = await rows("SELECT * FROM contacts ORDER BY id");
  assert.deepEqual([first.id, first.Last_Name, first.Email], [changed.id, "Lovelace", "ada@example.com"]);
  assert.notEqual(second.id, gone.id);
  assert.equal((await rows("SELECT count(*) AS contacts FROM contacts"))[0].contacts, CONTACTS - 1);
});

test("the next run resumes one that failed, and a token that Zoho rejects is replaced once", async (t) => {
  const { request, runCron, rows, code, fake } = await world(t);
  await request("/connect", { method: "POST", body: code() });
  fake.fail("api", "too_many_requests");
  assert.deepEqual(await runCron(), { outcome: "exception", sent: [`${LIST} 429`] });
  assert.deepEqual(await rows("SELECT * FROM sync"), []);
  // Zoho rejects the token while the vault still counts it as valid.
  fake.advance(3600);
  assert.deepEqual(await runCron(), {
    outcome: "ok",
    sent: [`${LIST} 401`, "/oauth/v2/token refresh_token", ...[200, 200, 200].map((status) => `${LIST} ${status}`)],
  });
  assert.equal((await rows("SELECT count(*) AS contacts FROM contacts"))[0].contacts, CONTACTS);
  const status = JSON.parse((await request("/")).text);
  assert.deepEqual([status.connected, status.scope], [true, "ZohoCRM.modules.READ"]);
});

test("after a page token expired the first pass starts again, and no deletion is missed", async (t) => {
  const { request, runCron, rows, call, code, fake } = await world(t);
  await request("/connect", { method: "POST", body: code() });
  await runCron();
  // Turns the state into that of an unfinished first pass, whose page token belongs to another list.
  await rows("UPDATE sync SET began = since, since = NULL, page_token = 'of-another-list'");
  const [{ id: gone }] = await rows("SELECT id FROM contacts ORDER BY id");
  fake.advance(600);
  await call("DELETE", `Contacts/${gone}`);
  fake.advance(600);
  assert.equal((await runCron()).outcome, "exception");
  await runCron();
  fake.advance(600);
  await runCron();
  assert.deepEqual(await rows(`SELECT * FROM contacts WHERE id = '${gone}'`), []);
});

test("only the admin connects it, and a code that fails is reported", async (t) => {
  const { request, runCron, code } = await world(t);
  assert.deepEqual(await request("/connect", { method: "POST", body: code() }, "another"), {
    status: 401,
    text: "ADMIN_KEY is missing or wrong: send it as a Bearer token\n",
  });
  assert.equal((await runCron()).outcome, "exception");
  const once = code();
  await request("/connect", { method: "POST", body: once });
  const again = await request("/connect", { method: "POST", body: once });
  assert.equal(again.status, 400);
  assert.match(again.text, /^code_rejected: invalid_code from accounts\.zoho\.com, so the code is rejected: /);
  assert.equal(showsToken(again.text), false);
});

test("without ADMIN_KEY no request is accepted", async (t) => {
  for (const [keys, sentKey] of /** @type {const} */ ([
    [{}, "undefined"],
    [{ ADMIN_KEY: "" }, ""],
  ])) {
    const { request } = await world(t, keys);
    assert.deepEqual(
      await request("/", {}, sentKey),
      { status: 401, text: "ADMIN_KEY is missing or wrong: send it as a Bearer token\n" },
      JSON.stringify(keys),
    );
  }
});

test("an error of the vault is reported", async (t) => {
  const { request } = await world(t, { ADMIN_KEY, ZOHO_CLIENT_ID: "" });
  const { status, text } = await request("/");
  assert.equal(status, 400);
  assert.match(text, /^invalid_configuration: client_id is missing: [^{}]+\n$/);
});
