// grantkit doctor: its checks and findings.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname } from "node:path";
import test from "node:test";
import { freePort } from "../../www/local/port.mjs";
import { connected as machineWithGrant } from "./support/connected.mjs";
import { machine } from "./support/grantkit.mjs";
import { SELF } from "./support/zoho.mjs";

/** @typedef {import("node:test").TestContext} TestContext */
/** @typedef {{ name: string, state: string, detail: string }} Check */
/** @typedef {{ likelihood: string, what: string, next: string }} Finding */

/** @param {TestContext} t @param {string} [scope] */
async function connected(t, scope) {
  const at = await machineWithGrant(t, scope);
  /** What it found. @param {string[]} [args] @param {Record<string, string>} [env] */
  const examine = async (args = [], env = {}) => {
    const { code, ok, checks, findings } = await at.json(["doctor", ...args], { env });
    assert.equal(ok, code === 0);
    /** @type {Record<string, string>} */
    const states = {};
    for (const { name, state } of /** @type {Check[]} */ (checks))
      states[name] = states[name] === "wrong" ? "wrong" : state;
    return { code, checks: /** @type {Check[]} */ (checks), findings: /** @type {Finding[]} */ (findings), states };
  };
  /** Changes what is saved of the client. @param {object} members */
  const resave = async (members) => {
    const path = `${at.file}.clients`;
    const content = JSON.parse(await readFile(path, "utf8"));
    Object.assign(content.clients.default, members);
    await writeFile(path, JSON.stringify(content));
  };
  return { ...at, examine, resave };
}

/** An origin where nothing listens, for each data centre. @param {Record<string, string>} origins @param {string[]} [only] */
async function deadOrigins(origins, only = Object.keys(origins)) {
  const port = await freePort();
  return Object.fromEntries(
    Object.entries(origins).map(([location, origin]) => [
      location,
      only.includes(location) ? `http://127.0.0.1:${port}` : origin,
    ]),
  );
}

test("a grant that works: one refresh, one call, nothing found", async (t) => {
  const { fake, examine, run } = await connected(t);
  const before = fake.log.length;
  const { code, states, findings } = await examine();
  assert.deepEqual([code, findings], [0, []]);
  assert.deepEqual(states, {
    program: "ok",
    client: "ok",
    grant: "ok",
    "data centres": "ok",
    clock: "ok",
    refresh: "ok",
    API: "ok",
  });
  const asked = fake.log.slice(before).map(({ path }) => path);
  assert.deepEqual(
    asked.filter((path) => path !== "/oauth/serverinfo"),
    ["/oauth/v2/token", "/crm/v8/org"],
  );
  assert.equal(asked.length, 12);
  assert.match(
    (await run(["doctor"])).stdout,
    /^ok {7}program: grantkit .*\n(ok {7}.*\n)*\nNothing wrong was found\.\n$/,
  );
});

test("--offline sends nothing", async (t) => {
  const { fake, examine } = await connected(t);
  const before = fake.log.length;
  const { code, states } = await examine(["--offline"]);
  assert.deepEqual([code, states], [0, { program: "ok", client: "ok", grant: "ok", network: "unknown" }]);
  assert.equal(fake.log.length, before);
});

test("no grant: the finding names the commands that connect", async (t) => {
  const { run } = await machine(t);
  const { code, stdout } = await run(["doctor", "--offline"]);
  assert.equal(code, 4);
  assert.match(
    stdout,
    /\n\nWhat is wrong, most likely first:\n1\. there is no grant of the profile "default" \(certain\)\n {3}grantkit self-client, or grantkit login; with another file or profile: --file, --profile\n$/,
  );
});

test("a grant without a known client is a finding", async (t) => {
  const { examine, file, selfClient } = await connected(t);
  await rm(`${file}.clients`);
  const { code, states, findings } = await examine(["--offline"]);
  assert.deepEqual([code, states.client, states.refresh], [4, "wrong", undefined]);
  assert.deepEqual(findings, [
    {
      likelihood: "certain",
      what: "the client of the grant is not known",
      next: "give --location, --client-id, ZOHO_CLIENT_SECRET with each command, or connect again: grantkit self-client, or grantkit login",
    },
  ]);
  const { ZOHO_LOCATION, ...others } = selfClient;
  assert.match(`${(await examine(["--offline"], others)).findings[0]?.next}`, /^give --location with each command, /);
  assert.equal((await examine([], selfClient)).code, 0);
});

test("another data centre is the likeliest cause of invalid_client", async (t) => {
  const { examine, resave } = await connected(t);
  await resave({ client_id: "1000.UNKNOWN" });
  const { code, states, findings } = await examine();
  assert.deepEqual([code, states.refresh, states.API], [4, "wrong", undefined]);
  assert.deepEqual(
    findings.map(({ likelihood, what }) => [likelihood, what]),
    [
      ["likely", "the client is registered at another data centre than eu"],
      ["likely", "the client was deleted in the console"],
      ["possible", "the client ID is mistyped"],
    ],
  );
  assert.match(findings[0]?.next ?? "", /api-console\.zoho\.in is in/);
});

test("a wrong secret and a missing secret are different findings", async (t) => {
  const { examine, resave } = await connected(t);
  await resave({ client_secret: "another-secret" });
  assert.equal((await examine()).findings[0]?.what, "the client secret is wrong, or that of another data centre");
  await resave({ client_secret: undefined });
  const { findings, states } = await examine();
  assert.deepEqual([findings[0]?.what, states.refresh], ["the client secret is neither saved nor given", undefined]);
});

test("a revoked grant is found by a refresh, and later without a request", async (t) => {
  const { fake, examine } = await connected(t);
  fake.revokeAll();
  const wanted =
    "the refresh token is no longer valid: it was revoked, or the user removed the application or changed the password";
  const first = await examine();
  assert.deepEqual(
    [first.states.refresh, first.findings[0]?.what, first.findings[0]?.likelihood],
    ["wrong", wanted, "certain"],
  );
  const requests = fake.log.length;
  const second = await examine(["--offline"]);
  assert.deepEqual([second.states.grant, second.findings[0]?.what], ["wrong", wanted]);
  assert.equal(fake.log.length, requests);
  // Without --offline neither.
  const third = await examine();
  assert.deepEqual([third.states.refresh, third.findings], [undefined, second.findings]);
});

test("a throttled grant is a finding, also from the record", async (t) => {
  const { fake, examine } = await connected(t);
  fake.fail("token", "throttle");
  const { findings } = await examine();
  assert.equal(findings[0]?.what, "too many token requests in ten minutes");
  const held = await examine(["--offline"]);
  assert.deepEqual([held.states.budget, held.findings[0]?.what], ["wrong", "Zoho throttled the grant"]);
});

test("no data centre responds: the findings are about the network, not the grant", async (t) => {
  const { examine, resave, served } = await connected(t);
  await resave({ accounts_server: await deadOrigins(served.accounts) });
  const { code, states, findings, checks } = await examine();
  assert.deepEqual([code, states["data centres"], states.refresh], [4, "wrong", undefined]);
  assert.match(
    checks.find(({ name }) => name === "data centres")?.detail ?? "",
    /^none responds: us \(ECONNREFUSED\), eu \(ECONNREFUSED\), /,
  );
  assert.deepEqual(
    findings.map(({ what }) => what),
    ["this machine cannot reach Zoho"],
  );
  const proxied = await examine([], { HTTPS_PROXY: "http://proxy.example:3128" });
  assert.deepEqual(
    proxied.findings.map(({ what }) => what),
    ["HTTPS_PROXY is set, and Node's fetch ignores it by default", "this machine cannot reach Zoho"],
  );
});

test("only the client's own data centre does not respond, or only another", async (t) => {
  const { examine, resave, served } = await connected(t);
  await resave({ accounts_server: await deadOrigins(served.accounts, ["eu"]) });
  const home = await examine();
  assert.equal(home.states["data centre"], "wrong");
  assert.match(home.findings[0]?.what ?? "", /^http:\/\/127\.0\.0\.1:\d+ does not respond$/);
  await resave({ accounts_server: await deadOrigins(served.accounts, ["cn"]) });
  const other = await examine();
  assert.deepEqual([other.code, other.findings], [0, []]);
  assert.ok(other.checks.some(({ detail }) => detail === "no response from cn (ECONNREFUSED)"));
});

test("the clock is compared with the server's", async (t) => {
  const { fake, examine, resave, served, file } = await connected(t);
  for (const [offset, off] of /** @type {const} */ ([
    [600, "10 min behind"],
    [-7200, "2 h ahead"],
  ])) {
    // The same server with another Date header.
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const result = await fake.fetch(`https://accounts.zoho.eu${request.url}`, {
        method: request.method ?? "GET",
        headers: { "content-type": request.headers["content-type"] ?? "" },
        ...(body.length > 0 && { body }),
      });
      const date = new Date(Date.now() + offset * 1000).toUTCString();
      response.writeHead(result.status, { ...Object.fromEntries(result.headers), date });
      response.end(await result.text());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const origin = `http://127.0.0.1:${port}`;
    await resave({ accounts_server: { ...served.accounts, eu: origin } });
    const content = JSON.parse(await readFile(file, "utf8"));
    content.records.default.tokens.accounts_server = origin;
    await writeFile(file, JSON.stringify(content));
    const { states, findings } = await examine();
    assert.equal(states.clock, "wrong");
    assert.match(findings[0]?.what ?? "", new RegExp(`^this machine's clock is ${off}: `));
  }
});

test("a new token that the API rejects is a finding, one that only lacks the scope is not", async (t) => {
  const { fake, examine } = await connected(t, "ZohoCRM.modules.leads.READ");
  const narrow = await examine();
  assert.deepEqual([narrow.code, narrow.states.API], [0, "ok"]);
  fake.fail("api", "invalid_token", 2);
  const { findings, states } = await examine();
  assert.equal(states.API, "wrong");
  assert.match(findings[0]?.what ?? "", /^the API rejects the token: it is for another environment/);
});

test("for a shared folder the next step is another file, not chmod", async (t) => {
  const { examine, file } = await connected(t);
  const folder = dirname(file);
  await chmod(folder, 0o1777);
  const { findings } = await examine(["--offline"]);
  assert.deepEqual(findings, [
    {
      likelihood: "possible",
      what: `other users of this machine can access ${folder}`,
      next: "the folder is shared on purpose: give another file with --file, and connect again",
    },
  ]);
});

test("files that others can access, a mistyped client ID, invalid files", async (t) => {
  const { examine, resave, file } = await connected(t);
  await chmod(file, 0o604);
  const open = await examine(["--offline"]);
  assert.deepEqual(open.findings, [
    { likelihood: "possible", what: `other users of this machine can access ${file}`, next: `chmod 600 '${file}'` },
  ]);
  // Findings are in order of likelihood, not of the checks.
  // To read the file narrowed it.
  await chmod(file, 0o604);
  await resave({ client_secret: undefined });
  assert.deepEqual(
    (await examine(["--offline"])).findings.map(({ likelihood }) => likelihood),
    ["certain", "possible"],
  );
  await chmod(file, 0o600);
  await resave({ client_secret: SELF.client_secret });
  await resave({ client_id: `${SELF.client_id} ` });
  assert.equal((await examine(["--offline"])).findings[0]?.what, "the client ID is mistyped");
  await writeFile(`${file}.clients`, "{");
  await writeFile(file, "{");
  const { findings } = await examine(["--offline"]);
  assert.deepEqual(
    findings.map(({ what }) => what),
    ["the file of clients, or an option, cannot be used", "the file of grants cannot be used"],
  );
});
