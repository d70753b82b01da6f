// A record that a newer grantkit wrote: each command says so, sends no token, spends no code and changes nothing.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import test from "node:test";
import { exchange } from "../../pkg/cli/src/code-exchange.js";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { freePort } from "../../www/local/port.mjs";
import { consent } from "./support/browser.mjs";
import { connected } from "./support/connected.mjs";
import { machine } from "./support/grantkit.mjs";
import { SCOPE, SELF, WEB, zoho } from "./support/zoho.mjs";

const NEWER =
  'grant "default" was written by a newer grantkit, since its format is 2, and was not changed: update grantkit here';

/** Gives the saved record a higher format. @param {string} file @returns {Promise<string>} what the file has then */
async function upgrade(file) {
  const content = JSON.parse(await readFile(file, "utf8"));
  content.records.default = { ...content.records.default, format: 2, further: [1] };
  const text = JSON.stringify(content);
  await writeFile(file, text);
  return text;
}

test("no command uses a record of a newer format, or changes it", async (t) => {
  const { fake, file, json, code, selfClient } = await connected(t);
  const before = await upgrade(file);
  const client = await readFile(`${file}.clients`, "utf8");
  const sent = fake.log.length;
  for (const args of [
    ["token"],
    ["status"],
    ["api", "GET", "/crm/v8/org"],
    ["revoke", "--yes"],
    ["revoke", "--yes", "--local"],
    ["self-client", "--code", code()],
  ]) {
    const { code: exit, error } = await json(args, { env: selfClient });
    assert.deepEqual([exit, error.code, error.message], [EXIT.store, "store", NEWER], args.join(" "));
  }
  assert.equal(fake.log.length, sent);
  assert.equal(await readFile(file, "utf8"), before);
  assert.equal(await readFile(`${file}.clients`, "utf8"), client);
});

test("status says at once that the format is newer, also without a client beside the grant", async (t) => {
  const { file, run } = await connected(t);
  await upgrade(file);
  await writeFile(`${file}.clients`, JSON.stringify({ grantkit: 1, clients: {} }));
  for (const command of ["status", "token"]) {
    const { code, stdout, stderr } = await run([command]);
    assert.deepEqual([code, stdout, stderr], [EXIT.store, "", `grantkit: store: ${NEWER}\n`]);
  }
});

test("doctor finds that a newer grantkit wrote the grant, and does not refresh it", async (t) => {
  const { file, json, tokenRequests } = await connected(t);
  const before = await upgrade(file);
  const { code, checks, findings } = await json(["doctor"]);
  assert.equal(code, EXIT.unhealthy);
  const grant = checks.filter((/** @type {{ name: string }} */ { name }) => name === "grant");
  assert.deepEqual(grant, [{ name: "grant", state: "wrong", detail: NEWER }]);
  const found = { likelihood: "certain", what: "a newer grantkit wrote the grant", next: "update grantkit here" };
  assert.deepEqual(findings, [found]);
  assert.deepEqual(tokenRequests(), ["authorization_code"]);
  assert.equal(await readFile(file, "utf8"), before);
});

test("self-client --print uses the code: it does not touch the record", async (t) => {
  const { file, run, code, selfClient, tokenRequests } = await connected(t);
  const before = await upgrade(file);
  const { code: exit } = await run(["self-client", "--print", "env", "--code", code()], {
    env: selfClient,
    shows: [selfClient.ZOHO_CLIENT_SECRET],
    showsToken: true,
  });
  assert.equal(exit, 0);
  assert.deepEqual(tokenRequests(), ["authorization_code", "authorization_code"]);
  assert.equal(await readFile(file, "utf8"), before);
});

test("login: a record that is upgraded while the user consents stays, and the code is not used", async (t) => {
  const redirect_uri = `http://127.0.0.1:${await freePort()}/callback`;
  const { variables, tokenRequests } = await zoho(t, { redirect_uri });
  const client = { ZOHO_LOCATION: "us", ZOHO_CLIENT_ID: WEB.client_id, ZOHO_CLIENT_SECRET: WEB.client_secret };
  const at = await machine(t, { ...variables, ...client, ZOHO_REDIRECT_URI: redirect_uri, ZOHO_SCOPE: SCOPE });
  const login = async (/** @type {() => Promise<unknown>} */ meanwhile) => {
    const { until, ended } = at.start(["login", "--no-open"]);
    const [url] = await until(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/v2\/auth\?\S+$/m);
    await meanwhile();
    const { url: last } = await consent(url, "ada@example.com");
    return { last, ...(await at.searched(await ended)) };
  };
  assert.equal((await login(async () => {})).code, 0);
  let before = "";
  const { last, code, stderr } = await login(async () => {
    before = await upgrade(at.file);
  });
  assert.deepEqual([last, code], [`${redirect_uri}/failed`, EXIT.store]);
  assert.ok(stderr.endsWith(`\ngrantkit: store: ${NEWER}\n`), stderr);
  assert.deepEqual(tokenRequests(), ["authorization_code"]);
  assert.equal(await readFile(at.file, "utf8"), before);

  const early = await at.run(["login", "--no-open"]);
  assert.deepEqual([early.code, early.stderr], [EXIT.store, `grantkit: store: ${NEWER}\n`]);
});

test("members that a later version wrote beside the records and the clients are kept", async (t) => {
  const { file, json, code, selfClient } = await connected(t);
  for (const path of [file, `${file}.clients`]) {
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), later: path }));
  }
  assert.equal((await json(["self-client", "--code", code()], { env: selfClient })).code, 0);
  assert.equal((await json(["revoke", "--yes"])).code, 0);
  assert.deepEqual(JSON.parse(await readFile(file, "utf8")), { grantkit: 1, later: file, records: {} });
  const clients = JSON.parse(await readFile(`${file}.clients`, "utf8"));
  assert.deepEqual(clients, { grantkit: 1, later: `${file}.clients`, clients: {} });
});

test("self-client looks at the record again after the code was typed", async () => {
  const refused = new Error("newer");
  const context = /** @type {any} */ ({ fetch: () => assert.fail("it uses the code"), trace() {} });
  const look = () => Promise.reject(refused);
  await assert.rejects(exchange(context, { location: "us", ...SELF }, "1000.a.b", look), refused);
});
