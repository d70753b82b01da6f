// examples/crm-sync as a process: it runs, is killed at any request, and runs again.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { OAuthClient, zoho } from "grantkit";
import Database from "libsql";
import { showsToken } from "../support/program.mjs";
import { zohoForPrograms } from "./support/fake.mjs";

const EXAMPLE = "examples/crm-sync/main.mjs";
const CLIENT = /** @type {const} */ ({ client_id: "1000.SYNC", client_secret: "secret-of-the-sync", location: "eu" });
const CRM = "https://www.zohoapis.eu/crm/v8";
/** Three pages of 200. */
const CONTACTS = 430;
const PRODUCTS = 48;

/** A fake with several pages of contacts, requests that change them, and a folder for the program's files. @param {import("node:test").TestContext} t */
async function world(t) {
  const zohoOf = await zohoForPrograms(t, { clients: [CLIENT], now: Math.floor(Date.now() / 1000) });
  const { fake, run } = zohoOf;
  const folder = await mkdtemp(join(tmpdir(), "grantkit-sync-"));
  t.after(() => rm(folder, { recursive: true }));
  const { location, ...registered } = CLIENT;
  const code = (/** @type {string} */ scope) => fake.selfClientCode({ client_id: CLIENT.client_id, scope });
  const client = new OAuthClient({ server: zoho({ location }), ...registered, fetch: fake.fetch });
  let tokens = await client.exchangeCode(code("ZohoCRM.modules.ALL"));

  /** @param {string} method @param {string} path @param {object} [record] @returns {Promise<any>} */
  async function call(method, path, record) {
    const body = record && JSON.stringify({ data: [record].flat() });
    const headers = { authorization: `Zoho-oauthtoken ${tokens.access_token}` };
    return (await fake.fetch(`${CRM}/${path}`, { method, headers, ...(body && { body }) })).json();
  }
  await call(
    "POST",
    "Contacts",
    Array.from({ length: CONTACTS - 130 }, (_, index) => ({ Last_Name: `Made ${index}` })),
  );
  fake.advance(600);
  const database = join(folder, "crm.sqlite");
  const files = { CRM_TOKENS: join(folder, "tokens.json"), CRM_DATABASE: database };
  const account = {
    ZOHO_CLIENT_ID: CLIENT.client_id,
    ZOHO_CLIENT_SECRET: CLIENT.client_secret,
    ZOHO_LOCATION: location,
  };
  return {
    ...zohoOf,
    folder,
    call,
    start: (/** @type {Record<string, string>} */ more = {}) => run(EXAMPLE, { ...account, ...files, ...more }),
    code: () => code("ZohoCRM.modules.READ"),
    /** Half an hour: more than the overlap of two runs, less than the lifetime of a token. */
    async later() {
      fake.advance(1800);
      tokens = await client.refreshTokenGrant(tokens);
    },
    /** @param {string} sql @returns {any[]} */
    rows(sql) {
      const db = new Database(database, { readonly: true });
      try {
        return db.prepare(sql).all();
      } finally {
        db.close();
      }
    },
    /** The id and the name of every contact in the CRM. */
    async contacts() {
      const known = [];
      for (let [page, more] = [1, true]; more; page += 1) {
        const { data, info } = await call("GET", `Contacts?fields=Last_Name&sort_order=asc&page=${page}`);
        known.push(...data.map((/** @type {any} */ { id, Last_Name }) => ({ id, Last_Name })));
        more = info.more_records;
      }
      return known;
    },
  };
}

/** @param {import("./support/fake.mjs").Asked[]} asked */
const lists = (asked) => asked.filter(({ path }) => path.startsWith("/crm/")).map(({ path }) => path.slice(8));

test("the first run reads all records, and a later run only those that changed", async (t) => {
  const { start, code, call, later, rows, contacts, asked } = await world(t);
  const first = await start({ ZOHO_CODE: code() }).ended;
  assert.deepEqual(first, {
    code: 0,
    signal: null,
    lines: [`Products: ${PRODUCTS} new or changed, 0 deleted`, `Contacts: ${CONTACTS} new or changed, 0 deleted`],
    errors: "",
  });
  assert.deepEqual(lists(asked), ["Products", "Contacts", "Contacts", "Contacts"]);
  assert.deepEqual(rows("SELECT id, Last_Name FROM Contacts ORDER BY id"), await contacts());
  const [product] = rows("SELECT * FROM Products WHERE Product_Code = 'P-0001'");
  const { data } = await call("GET", `Products/${product.id}`);
  const { Product_Name, Unit_Price, Qty_in_Stock, Product_Active, Modified_Time } = data[0];
  assert.deepEqual(product, {
    id: data[0].id,
    Product_Name,
    Product_Code: "P-0001",
    Unit_Price,
    Qty_in_Stock,
    Product_Active: Number(Product_Active),
    Modified_Time,
  });
  assert.equal(JSON.parse(rows("SELECT Account_Name FROM Contacts ORDER BY id")[0].Account_Name).id.length, 18);

  await later();
  asked.length = 0;
  const second = await start().ended;
  assert.deepEqual(second.lines, ["Products: 0 new or changed, 0 deleted", "Contacts: 0 new or changed, 0 deleted"]);
  assert.deepEqual(lists(asked), ["Products/deleted", "Products", "Contacts/deleted", "Contacts"]);
  assert.ok(asked.every(({ headers, path }) => path.startsWith("/oauth/") || headers.has("if-modified-since")));

  await later();
  const [changed, gone] = rows("SELECT id FROM Contacts ORDER BY id");
  await call("PUT", `Contacts/${changed.id}`, { Last_Name: "Lovelace" });
  await call("DELETE", `Contacts/${gone.id}`);
  await call("POST", "Contacts", { Last_Name: "Noether" });
  const third = await start().ended;
  assert.deepEqual(third.lines, ["Products: 0 new or changed, 0 deleted", "Contacts: 2 new or changed, 1 deleted"]);
  assert.deepEqual(rows("SELECT id, Last_Name FROM Contacts ORDER BY id"), await contacts());
});

test("killed before any of its requests has a response, it loses nothing and reads no page twice", async (t) => {
  const { start, code, rows, contacts, asked, watch } = await world(t);
  /** Kills the program at its nth request of the API. @param {number} nth @param {Record<string, string>} [environment] */
  async function killedAt(nth, environment) {
    asked.length = 0;
    const program = start(environment);
    watch(() => {
      if (lists(asked).length === nth) program.end("SIGKILL");
    });
    const { signal } = await program.ended;
    watch(() => {});
    assert.equal(signal, "SIGKILL");
  }
  await killedAt(1, { ZOHO_CODE: code() });
  await killedAt(2);
  assert.deepEqual(rows("SELECT count(*) AS products FROM Products")[0].products, PRODUCTS);
  await killedAt(4);
  assert.deepEqual(lists(asked), ["Products/deleted", "Products", "Contacts", "Contacts"]);
  assert.equal(rows("SELECT count(*) AS contacts FROM Contacts")[0].contacts, 200);

  asked.length = 0;
  const { lines } = await start().ended;
  assert.deepEqual(lines, ["Products: 0 new or changed, 0 deleted", "Contacts: 230 new or changed, 0 deleted"]);
  assert.ok(
    asked.find(({ path }) => path.endsWith("/Contacts"))?.query.has("page_token"),
    "it resumes at its page token",
  );
  assert.deepEqual(rows("SELECT id, Last_Name FROM Contacts ORDER BY id"), await contacts());
  assert.equal(asked.filter(({ path }) => path === "/oauth/v2/token").length, 0, "it uses the stored tokens");
});

test("after a page token expired the pass starts again, and no deletion is missed", async (t) => {
  const { start, code, call, later, rows, contacts, asked, watch, fake } = await world(t);
  const program = start({ ZOHO_CODE: code() });
  watch(() => {
    if (lists(asked).length === 3) program.end("SIGKILL");
  });
  await program.ended;
  watch(() => {});
  const [{ id: gone }] = rows("SELECT id FROM Contacts ORDER BY id");
  fake.advance(86_400);
  await later();
  await call("DELETE", `Contacts/${gone}`);
  await later();
  const { lines, errors } = await start().ended;
  const line = `Contacts: ${CONTACTS - 1} new or changed, 0 deleted`;
  assert.deepEqual({ line: lines[1], errors }, { line, errors: "" });
  await later();
  assert.match(`${(await start().ended).lines[1]}`, /, 1 deleted$/);
  assert.deepEqual(rows("SELECT id, Last_Name FROM Contacts ORDER BY id"), await contacts());
});

test("a progress bar is shown only at a terminal", async (t) => {
  const { start, code, asked } = await world(t);
  const { errors, code: exit } = await start({ ZOHO_CODE: code(), FAKE_TERMINAL: "1" }).ended;
  assert.equal(exit, 0);
  assert.match(errors, /Contacts \[=+\] 430 of 430/);
  assert.equal(lists(asked).filter((path) => path.endsWith("/actions/count")).length, 2);
});

test("tokens that cannot be saved are written to a file that the message names", async (t) => {
  const { start, code, folder } = await world(t);
  await writeFile(join(folder, "a-file"), "");
  const more = { CRM_TOKENS: join(folder, "a-file", "tokens.json"), TMPDIR: folder };
  const { code: exit, errors } = await start({ ZOHO_CODE: code(), ...more }).ended;
  const [, file = ""] = /^The tokens are in (\S+): once .*\nstore: .+\n$/.exec(errors) ?? [];
  assert.deepEqual([exit, showsToken(errors)], [1, false], errors);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(typeof JSON.parse(await readFile(file, "utf8")).refresh_token, "string");
});

test("an error is one line without secrets, and the next run resumes", async (t) => {
  const { start, code, fake, rows } = await world(t);
  const none = await start().ended;
  assert.deepEqual([none.code, none.lines], [1, []]);
  assert.match(none.errors, /^reauthorization_required: .+\n$/);

  const ZOHO_CODE = code();
  fake.fail("api", "too_many_requests");
  const busy = await start({ ZOHO_CODE }).ended;
  assert.equal(
    busy.errors,
    "TOO_MANY_REQUESTS: the CRM returned HTTP 429: You have crossed the limit of simultaneous requests\n",
  );
  assert.equal(busy.code, 1);
  const spent = await start({ ZOHO_CODE }).ended;
  assert.match(spent.errors, /^code_rejected: invalid_code from accounts\.zoho\.eu, .+\n$/);
  assert.equal(showsToken(none.errors + busy.errors + spent.errors), false);
  assert.equal((await start().ended).code, 0);
  assert.equal(rows("SELECT count(*) AS contacts FROM Contacts")[0].contacts, CONTACTS);
});
