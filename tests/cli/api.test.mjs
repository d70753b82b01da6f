// grantkit api: calls with the token of the grant.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { connected } from "./support/connected.mjs";

/** @typedef {import("node:test").TestContext} TestContext */

test("without a terminal, GET prints the body byte for byte", async (t) => {
  const { run, served, record } = await connected(t);
  const path = "/crm/v8/org";
  const { code, stdout, stderr } = await run(["api", "get", path]);
  assert.deepEqual([code, stderr], [0, ""]);
  const authorization = `Zoho-oauthtoken ${(await record()).tokens.access_token}`;
  const response = await fetch(`${served.api.eu}${path}`, { headers: { authorization } });
  assert.equal(stdout, await response.text());
});

test("--json prints the status and the body", async (t) => {
  const { json } = await connected(t);
  const { code, ok, status, body } = await json(["api", "GET", "/crm/v8/Leads?fields=Company&per_page=2"]);
  assert.deepEqual([code, ok, status, body.data.length], [0, true, 200, 2]);
});

test("a body is given as text, as a file, or on stdin; it is JSON unless a header says otherwise", async (t) => {
  const { run, json, folder } = await connected(t);
  const lead = JSON.stringify({ data: [{ Last_Name: "Ågren", Company: "Larch Print" }] });
  const path = join(folder, "lead.json");
  await writeFile(path, lead);
  const ways = [{ args: [lead] }, { args: [`@${path}`] }, { args: ["@-"], input: lead }];
  for (const { args, input } of ways) {
    const { code, status, body } = await json(["api", "POST", "/crm/v8/Leads", "-d", ...args], {
      ...(input && { input }),
    });
    assert.deepEqual([code, status, body.data[0].code], [0, 201, "SUCCESS"]);
    const id = body.data[0].details.id;
    const read = await json(["api", "GET", `/crm/v8/Leads/${id}?fields=Last_Name`]);
    assert.equal(read.body.data[0].Last_Name, "Ågren");
  }
  const bodiless = await run(["api", "GET", "/crm/v8/Leads", "-d", "{}"]);
  assert.deepEqual([bodiless.code, bodiless.stderr], [2, "grantkit: usage: GET has no body: omit -d, or use POST\n"]);
  const absent = await run(["api", "POST", "/crm/v8/Leads", "-d", "@nowhere.json"]);
  assert.equal(absent.code, EXIT.usage);
  assert.match(
    absent.stderr,
    /nowhere\.json cannot be read \(ENOENT\): give -d the body itself, @FILE, or @- for stdin/,
  );
});

test("headers are sent, except authorization", async (t) => {
  const { run, json } = await connected(t);
  const later = "2100-01-01T00:00:00Z";
  const unchanged = await json(["api", "GET", "/crm/v8/Leads?fields=Company", "-H", `If-Modified-Since: ${later}`]);
  assert.deepEqual([unchanged.code, unchanged.status, unchanged.body], [EXIT.ok, 304, null]);
  for (const [header, complaint] of [
    [
      "Authorization: Bearer x",
      "-H cannot set authorization, because the token of the grant is sent: omit that header",
    ],
    ["no colon", '-H is not a header field: give -H "Name: value"'],
    ["bad(name): x", 'the header "bad(name)" has characters that HTTP does not allow: correct its name or value'],
  ]) {
    const refused = await run(["api", "GET", "/crm/v8/Leads", "-H", header ?? ""]);
    assert.deepEqual([refused.code, refused.stderr], [EXIT.usage, `grantkit: usage: ${complaint}\n`]);
  }
});

test("an error response is printed, and sets the exit code", async (t) => {
  const { run, json } = await connected(t);
  const { code, stdout, stderr } = await run(["api", "GET", "/crm/v8/Nothing?fields=Company"]);
  assert.equal(code, EXIT.http_status);
  assert.equal(typeof JSON.parse(stdout).code, "string");
  assert.match(stderr, /^grantkit: http_status: the API responded with HTTP 4\d\d\n$/);
  const object = await json(["api", "GET", "/crm/v8/Nothing?fields=Company"]);
  assert.deepEqual([object.code, object.ok, object.body], [EXIT.http_status, false, JSON.parse(stdout)]);
});

test("a token that expired early is replaced, and the call is repeated", async (t) => {
  const { fake, json, tokenRequests } = await connected(t);
  fake.advance(3601);
  const { code, status } = await json(["api", "GET", "/crm/v8/Leads?fields=Company"]);
  assert.deepEqual([code, status], [0, 200]);
  assert.deepEqual(tokenRequests(), ["authorization_code", "refresh_token"]);
});

test("a missing scope has a code of its own", async (t) => {
  const { json } = await connected(t, "ZohoCRM.modules.leads.READ");
  const { code, error } = await json(["api", "GET", "/crm/v8/org"]);
  assert.deepEqual([code, error.code, error.status], [18, "insufficient_scope", 401]);
  assert.equal(error.message, "the access token lacks a scope for this call, granted are ZohoCRM.modules.leads.READ");
  assert.deepEqual(error.hints, ["Connect again with that scope: grantkit self-client, or grantkit login"]);
});

test("the token is sent to the grant's API only", async (t) => {
  const { fake, run } = await connected(t);
  const before = fake.log.length;
  for (const path of ["https://elsewhere.example/crm", "//elsewhere.example/crm"]) {
    const { code, stderr } = await run(["api", "GET", path]);
    assert.equal(code, 10, stderr);
  }
  const { code, stderr } = await run(["api", "G:T", "/crm/v8/Leads"]);
  assert.deepEqual(
    [code, stderr],
    [
      2,
      'grantkit: usage: "G:T" is not an HTTP method that can be sent: use one of GET, HEAD, POST, PUT, PATCH, DELETE\n',
    ],
  );
  assert.equal(fake.log.length, before);
});
