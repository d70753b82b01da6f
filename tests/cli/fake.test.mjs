// --fake: every command without an account, each in its own process, with one fake Zoho.

import assert from "node:assert/strict";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { freePort } from "../../www/local/port.mjs";
import { consent } from "./support/browser.mjs";
import { connected } from "./support/connected.mjs";
import { machine } from "./support/grantkit.mjs";

const TOKEN = /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}\n$/;
const NOTE = "Fake Zoho: nothing leaves this machine.\n";

test("a Self Client from its code to its revocation, with no option but --fake", async (t) => {
  const { start, json, folder } = await machine(t);
  const connected = await json(["self-client", "--fake"]);
  assert.deepEqual([connected.code, connected.location, connected.api_domain], [0, "eu", "https://www.zohoapis.eu"]);
  const { stdout, stderr } = await start(["token", "--fake"]).ended;
  assert.match(stdout, TOKEN);
  assert.equal(stderr, NOTE);
  const lead = JSON.stringify({ data: [{ Last_Name: "Ågren", Company: "Larch Print" }] });
  const made = await json(["api", "POST", "/crm/v8/Leads", "--fake", "-d", lead]);
  const { id } = made.body.data[0].details;
  // A record and a page token of one process are valid in another.
  const read = await json(["api", "GET", `/crm/v8/Leads/${id}?fields=Company`, "--fake"]);
  assert.equal(read.body.data[0].Company, "Larch Print");
  const first = await json(["api", "GET", "/crm/v8/Leads?fields=Company&per_page=2", "--fake"]);
  const next = `/crm/v8/Leads?fields=Company&per_page=2&page_token=${first.body.info.next_page_token}`;
  assert.equal((await json(["api", "GET", next, "--fake"])).body.info.page, 2);
  assert.equal((await json(["doctor", "--fake"])).code, 0);
  assert.equal((await json(["revoke", "--fake", "--yes"])).code, 0);
  assert.equal((await json(["token", "--fake"])).code, 15);
  for (const name of ["fake-grants.json.fake", "fake-grants.json.clients"]) {
    assert.equal((await stat(join(folder, "grantkit", name))).mode & 0o777, 0o600);
  }
});

test("the fake rejects what Zoho rejects", async (t) => {
  const { json } = await machine(t);
  const elsewhere = await json(["self-client", "--fake", "--location", "us"]);
  assert.deepEqual([elsewhere.code, elsewhere.error.error], [11, "invalid_client"]);
  const wrong = await json(["self-client", "--fake", "--code", "1000.no.code"]);
  assert.deepEqual([wrong.code, wrong.error.error], [14, "invalid_code"]);
  const narrow = await json(["self-client", "--fake", "--scope", "ZohoCRM.modules.leads.READ"]);
  assert.equal(narrow.scope, "ZohoCRM.modules.leads.READ");
  assert.equal((await json(["api", "GET", "/crm/v8/org", "--fake"])).code, 18);
});

test("limits hold across processes: the eleventh code in ten minutes is refused", async (t) => {
  const { json, start } = await machine(t);
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, at) => json(["self-client", "--fake", "--profile", `p${at}`])),
  );
  assert.deepEqual(
    all.map(({ code }) => code),
    Array(10).fill(0),
  );
  const { code, stderr } = await start(["self-client", "--fake"]).ended;
  assert.equal(code, 10);
  assert.match(stderr, /ten codes in ten minutes for one client/);
});

test("time passes in the fake: a token that is an hour old has expired", async (t) => {
  const { json, folder } = await machine(t);
  await json(["self-client", "--fake"]);
  // Moves all events back by more than an hour.
  const path = join(folder, "grantkit", "fake-grants.json.fake");
  const journal = JSON.parse(await readFile(path, "utf8"));
  journal.began -= 4000;
  for (const event of journal.events) event.at -= 4000;
  await writeFile(path, JSON.stringify(journal));
  const { code, status } = await json(["api", "GET", "/crm/v8/Leads?fields=Company", "--fake", "--verbose"]);
  assert.deepEqual([code, status], [0, 200]);
  const { events } = JSON.parse(await readFile(path, "utf8"));
  const urls = events
    .slice(journal.events.length)
    .map((/** @type {any} */ { request }) => new URL(request.url).pathname);
  assert.deepEqual(urls, ["/crm/v8/Leads", "/oauth/v2/token", "/crm/v8/Leads"]);
});

test("events are replayed at their times, however old the fake is", async (t) => {
  const { json, folder } = await machine(t);
  await json(["self-client", "--fake"]);
  const path = join(folder, "grantkit", "fake-grants.json.fake");
  const journal = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...journal, began: journal.began - 86_400 }));
  assert.equal((await json(["api", "GET", "/crm/v8/Leads?fields=Company", "--fake"])).status, 200);
  const { events } = JSON.parse(await readFile(path, "utf8"));
  assert.equal(events.length, journal.events.length + 1);
});

test("a login shows the fake's consent page, on loopback", async (t) => {
  const { start, json } = await machine(t);
  const redirect_uri = `http://127.0.0.1:${await freePort()}/callback`;
  const { until, ended } = start(["login", "--fake", "--no-open", "--redirect-uri", redirect_uri, "--json"]);
  const [url] = await until(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/v2\/auth\?\S+$/m);
  assert.equal((await consent(url, "indira@example.in")).url, `${redirect_uri}/connected`);
  const { code, stdout } = await ended;
  const { ok, location, api_domain } = JSON.parse(stdout);
  assert.deepEqual([code, ok, location, api_domain], [0, true, "eu", "https://www.zohoapis.in"]);
  const org = await json(["api", "GET", "/crm/v8/org", "--fake"]);
  assert.equal(org.body.org[0].company_name, "Fake Company, India");
});

test("the fake reads no variable of a real account", async (t) => {
  const own = {
    ZOHO_LOCATION: "jp",
    ZOHO_CLIENT_ID: "1000.OWN",
    ZOHO_CLIENT_SECRET: "own-secret-91c3",
    ZOHO_CODE: "1000.own-code",
  };
  const { json, folder } = await machine(t, own);
  const { code, client_id } = await json(["self-client", "--fake", "--no-save-secret"]);
  assert.deepEqual([code, client_id], [0, "1000.FAKESELFCLIENT"]);
  assert.equal((await json(["doctor", "--fake"])).code, 0);
  const journal = await readFile(join(folder, "grantkit", "fake-grants.json.fake"), "utf8");
  const sent = JSON.parse(journal).events.map((/** @type {any} */ { request }) =>
    Buffer.from(request?.body ?? "", "base64").toString(),
  );
  for (const secret of [own.ZOHO_CLIENT_SECRET, own.ZOHO_CODE]) assert.ok(!`${journal}${sent}`.includes(secret));
});

test("a grant of the fake and a real one are kept apart", async (t) => {
  const { run, file } = await machine(t);
  await run(["self-client", "--fake", "--file", file]);
  const real = await run(["token"]);
  assert.deepEqual(
    [real.code, real.stderr],
    [2, `grantkit: usage: the profile "default" in ${file} belongs to the fake Zoho: add --fake\n`],
  );
  const clients = JSON.parse(await readFile(`${file}.clients`, "utf8"));
  delete clients.clients.default.fake;
  await writeFile(`${file}.clients`, JSON.stringify(clients));
  const fake = await run(["self-client", "--fake", "--file", file]);
  assert.equal(fake.code, 2);
  assert.match(fake.stderr, /belongs to a real account: omit --fake, or give another --file or --profile/);
});

test("no command with --fake changes a real grant, with or without a saved client", async (t) => {
  const { run, record, file } = await connected(t);
  const before = await record();
  const refused = `grantkit: usage: the profile "default" in ${file} belongs to a real account: omit --fake, or give another --file or --profile\n`;
  const attempts = [
    ["revoke", "--local", "--yes"],
    ["revoke", "--yes"],
    ["self-client"],
    ["login", "--no-open"],
    ["token"],
    ["status"],
  ];
  for (const hasClient of [true, false]) {
    if (!hasClient) await rm(`${file}.clients`);
    for (const args of attempts) {
      const { code, stderr } = await run([...args, "--fake", "--file", file]);
      assert.deepEqual([code, stderr], [2, `${NOTE}${refused}`], `${args} ${hasClient}`);
    }
  }
  assert.deepEqual(await record(), before);
});

test("the fake does not read GRANTKIT_FILE", async (t) => {
  const { json, file, folder } = await machine(t);
  const { code, file: used } = await json(["self-client", "--fake"], { env: { GRANTKIT_FILE: file } });
  assert.deepEqual([code, used], [0, join(folder, "grantkit", "fake-grants.json")]);
  await assert.rejects(stat(file), { code: "ENOENT" });
});

test("an invalid file of the fake is not changed, and every command names it", async (t) => {
  const { run, json, folder } = await machine(t);
  await run(["self-client", "--fake"]);
  const path = join(folder, "grantkit", "fake-grants.json.fake");
  await writeFile(path, "{}");
  const message = `${path} is not a fake Zoho that this version wrote: delete it to start with a new one`;
  for (const args of [["self-client"], ["token", "--min-validity", "3600"], ["revoke", "--yes"]]) {
    const { code, stderr } = await run([...args, "--fake"]);
    assert.deepEqual([code, stderr], [24, `${NOTE}grantkit: store: ${message}\n`], `${args}`);
  }
  const { code, findings } = await json(["doctor", "--fake"]);
  assert.equal(code, 4);
  assert.deepEqual(findings, [{ likelihood: "certain", what: "the file of the fake cannot be used", next: message }]);
  assert.equal(await readFile(path, "utf8"), "{}");
});
