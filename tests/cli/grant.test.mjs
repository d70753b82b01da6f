// grantkit token, status and revoke: the commands that use a stored grant.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, chown, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { connected as machineWithGrant } from "./support/connected.mjs";
import { machine } from "./support/grantkit.mjs";
import { SELF, zoho } from "./support/zoho.mjs";

/** @typedef {import("node:test").TestContext} TestContext */

/** A machine with a grant. @param {TestContext} t @param {string} [scope] */
async function connected(t, scope) {
  const at = await machineWithGrant(t, scope);
  /** Changes the record as time would. @param {(record: any) => void} change @param {string} [profile] */
  const edit = async (change, profile = "default") => {
    const content = JSON.parse(await readFile(at.file, "utf8"));
    change(content.records[profile]);
    await writeFile(at.file, JSON.stringify(content));
  };
  const expire = () => edit(({ tokens }) => Object.assign(tokens, { expires_at: 1_700_000_000 }));
  return { ...at, edit, expire };
}

test("token prints the access token and nothing else, with no option and no variable", async (t) => {
  const { run, record, tokenRequests } = await connected(t);
  const { access_token } = (await record()).tokens;
  const printed = await run(["token"], { shows: [access_token] });
  assert.deepEqual(printed, { code: 0, signal: null, stdout: `${access_token}\n`, stderr: "" });
  assert.deepEqual(tokenRequests(), ["authorization_code"]);
});

test("token refreshes a token that is due, once for many processes", async (t) => {
  const { start, record, expire, tokenRequests } = await connected(t);
  const old = (await record()).tokens.access_token;
  await expire();
  const all = await Promise.all([1, 2, 3, 4].map(() => start(["token"]).ended));
  const { access_token } = (await record()).tokens;
  assert.notEqual(access_token, old);
  for (const { code, stdout } of all) assert.deepEqual([code, stdout], [0, `${access_token}\n`]);
  assert.deepEqual(tokenRequests(), ["authorization_code", "refresh_token"]);
});

test("--min-validity refreshes a token that expires too soon", async (t) => {
  const { run, record, edit, tokenRequests } = await connected(t);
  const soon = Math.floor(Date.now() / 1000) + 1200;
  await edit(({ tokens }) => Object.assign(tokens, { expires_at: soon }));
  const old = (await record()).tokens.access_token;
  assert.equal((await run(["token", "--min-validity", "900"], { shows: [old] })).stdout, `${old}\n`);
  const { code } = await run(["token", "--min-validity", "1800"], { showsToken: true });
  assert.equal(code, 0);
  assert.deepEqual(tokenRequests(), ["authorization_code", "refresh_token"]);
  const refused = await run(["token", "--min-validity", "1h"]);
  assert.equal(refused.code, EXIT.usage);
  assert.match(refused.stderr, /--min-validity is "1h": give a whole number from 0 to 86400/);
});

test("token --json prints the token with its expiry and API domain", async (t) => {
  const { json, record, served } = await connected(t);
  const { access_token, expires_at } = (await record()).tokens;
  assert.deepEqual(await json(["token"], { shows: [access_token] }), {
    code: 0,
    ok: true,
    access_token,
    expires_at,
    api_domain: served.api.eu,
  });
});

test("without a grant, token names the commands that connect", async (t) => {
  const { run, file } = await machine(t);
  const { code, stdout, stderr } = await run(["token", "--profile", "staging"]);
  assert.deepEqual([code, stdout], [EXIT.reauthorization_required, ""]);
  assert.deepEqual(stderr.split("\n"), [
    `grantkit: reauthorization_required: there is no grant of the profile "staging" in ${file}: connect first`,
    "  With a Self Client: grantkit self-client --profile 'staging'",
    "  With a server-based client and a browser: grantkit login --profile 'staging'",
    "",
  ]);
});

test("a revoked refresh token: token names the commands that connect, and status shows it without a request", async (t) => {
  const { fake, json, expire, tokenRequests } = await connected(t);
  fake.revokeAll();
  await expire();
  const { code, error } = await json(["token"]);
  assert.deepEqual([code, error.code, error.error], [15, "reauthorization_required", "invalid_code"]);
  assert.deepEqual(error.hints, ["Connect again: grantkit self-client, or grantkit login"]);
  const known = await json(["status"]);
  assert.deepEqual([known.code, known.ok, known.connected, typeof known.rejected_at], [15, false, false, "number"]);
  // No second request is sent for a refresh token that the server rejected.
  await json(["token"]);
  assert.deepEqual(tokenRequests(), ["authorization_code", "refresh_token"]);
});

test("the commands in hints use the same grant", async (t) => {
  const { fake, json, code, folder, selfClient, tokenRequests } = await connected(t);
  const given = ["--profile", "staging", "--file", join(folder, "my grants.json")];
  const connecting = `grantkit self-client --profile 'staging' --file '${folder}/my grants.json', or grantkit login --profile 'staging' --file '${folder}/my grants.json'`;
  const none = await json(["doctor", "--offline", ...given]);
  assert.equal(none.findings[0].next, `${connecting}; with another file or profile: --file, --profile`);
  await json(["self-client", ...given], {
    env: { ...selfClient, ZOHO_CODE: code("ZohoCRM.modules.leads.READ") },
  });
  const narrow = await json(["api", "GET", "/crm/v8/org", ...given]);
  assert.deepEqual(narrow.error.hints, [`Connect again with that scope: ${connecting}`]);
  fake.revokeAll();
  const revoked = await json(["doctor", ...given]);
  assert.equal(revoked.findings[0].next, `connect again: ${connecting}`);
  const known = await json(["doctor", "--offline", ...given]);
  assert.equal(known.findings[0].next, `connect again: ${connecting}`);
  const refused = await json(["token", "--min-validity", "7200", ...given]);
  assert.deepEqual(refused.error.hints, [`Connect again: ${connecting}`]);
  assert.deepEqual(tokenRequests(), ["authorization_code", "authorization_code", "refresh_token"]);
});

test("a failing server is reported only once the token has expired", async (t) => {
  const { fake, run, json, record, edit, expire } = await connected(t);
  const { access_token } = (await record()).tokens;
  await edit(({ tokens }) => Object.assign(tokens, { expires_at: Math.floor(Date.now() / 1000) + 200 }));
  fake.fail("token", "http_500_html", 2);
  assert.equal((await run(["token"], { shows: [access_token] })).stdout, `${access_token}\n`);
  await expire();
  const failed = await json(["token"]);
  assert.deepEqual([failed.code, failed.error.code, failed.error.retryable], [19, "unexpected_response", true]);
  fake.fail("token", "throttle");
  const throttled = await json(["token"]);
  assert.deepEqual([throttled.code, throttled.error.code], [17, "throttled"]);
  assert.ok(throttled.error.retryAfter > 0);
});

test("the saved client comes before variables, which may be of another project, and flags before both", async (t) => {
  const { fake, run, json, expire } = await connected(t);
  await expire();
  const secrets = { ZOHO_CLIENT_SECRET: "other", ZOHO_CLIENT_SECRET_EU: "other", ZOHO_CLIENT_SECRET_IN: "other" };
  const others = { ZOHO_LOCATION: "us", ZOHO_CLIENT_ID: "1000.OTHER", ...secrets };
  const { code, stderr } = await run(["token"], { env: others, showsToken: true });
  assert.equal(code, 0, stderr);
  await expire();
  const refused = await json(["token", "--client-id", "1000.OTHER"], { env: { ZOHO_CLIENT_SECRET: "other" } });
  assert.deepEqual([refused.code, refused.error.error], [11, "invalid_client"]);
  assert.equal(fake.log.at(-1)?.error, "invalid_client");
});

test("the saved secret is not sent with another client ID", async (t) => {
  const { fake, run, code } = await connected(t);
  const before = fake.log.length;
  for (const args of [["token"], ["self-client", "--code", code()], ["login", "--scope", "ZohoCRM.org.READ"]]) {
    const { code: exit, stderr } = await run([...args, "--client-id", "1000.OTHER"]);
    assert.equal(exit, EXIT.usage);
    assert.equal(
      stderr,
      "grantkit: usage: the client is not complete, and there is no terminal to ask at: give ZOHO_CLIENT_SECRET\n",
    );
  }
  assert.equal(fake.log.length, before);
});

test("a variable that is not needed is not read, so it may be invalid", async (t) => {
  const { run, json } = await connected(t);
  const others = {
    ZOHO_LOCATION: "com",
    GRANTKIT_ACCOUNTS_SERVER: "com=https://accounts.example",
    GRANTKIT_API_DOMAIN: "com=https://api.example",
  };
  assert.equal((await run(["token"], { env: others, showsToken: true })).code, 0);
  assert.equal((await json(["doctor", "--offline"], { env: others })).code, 0);
  const chosen = ["--location", "us", "--accounts-server", "https://a.example", "--api-domain", "https://b.example"];
  const codeless = await run(["self-client", ...chosen], { env: others });
  assert.match(codeless.stderr, /usage: there is no code, and no terminal to ask at: give --code, ZOHO_CODE or --from/);
});

test("a secret that is not saved comes from its variable, which the error names if it is missing", async (t) => {
  const server = await zoho(t);
  const { run } = await machine(t);
  await run(["self-client", "--no-save-secret"], { env: { ...server.selfClient, ZOHO_CODE: server.code() } });
  const without = await run(["token"]);
  assert.deepEqual(without, {
    code: EXIT.usage,
    signal: null,
    stdout: "",
    stderr:
      "grantkit: usage: the client is not complete, and there is no terminal to ask at: give ZOHO_CLIENT_SECRET\n",
  });
  const env = { ZOHO_CLIENT_SECRET: SELF.client_secret };
  assert.equal((await run(["token"], { env, showsToken: true })).code, 0);
});

test("a grant without a saved client asks for the client", async (t) => {
  const { run, file, selfClient } = await connected(t);
  await rm(`${file}.clients`);
  const { code, stderr } = await run(["token"]);
  assert.equal(code, EXIT.usage);
  assert.match(
    stderr,
    /give --location \(or ZOHO_LOCATION\), --client-id \(or ZOHO_CLIENT_ID\), ZOHO_CLIENT_SECRET\n$/,
  );
  assert.equal((await run(["token"], { env: selfClient, showsToken: true })).code, 0);
  await writeFile(file, "{");
  assert.equal((await run(["token"])).code, EXIT.store);
});

test("status shows what is known, and sends nothing", async (t) => {
  const { fake, run, json, file, served, expire } = await connected(t);
  const before = fake.log.length;
  const { stdout } = await run(["status"]);
  assert.deepEqual(stdout.replace(/valid for \d+ min, until .*/, "valid for a while").split("\n"), [
    `  profile         default, in ${file}`,
    "  data centre     eu (Europe)",
    `  client          ${SELF.client_id}`,
    "  client secret   saved",
    "  scope           ZohoCRM.modules.ALL ZohoCRM.org.READ",
    `  API domain      ${served.api.eu}`,
    "  access token    valid for a while",
    "  refresh token   saved",
    "  token requests  10 left, of the 10 that Zoho allows in ten minutes",
    "",
  ]);
  await expire();
  const { expires_at, ...known } = await json(["status"]);
  assert.equal(expires_at, 1_700_000_000);
  assert.deepEqual(known, {
    code: 0,
    ok: true,
    connected: true,
    profile: "default",
    file,
    location: "eu",
    client_id: SELF.client_id,
    scope: "ZohoCRM.modules.ALL ZohoCRM.org.READ",
    api_domain: served.api.eu,
    accounts_server: served.accounts.eu,
    has_refresh_token: true,
    recent_requests: 0,
  });
  assert.match((await run(["status"])).stdout, /access token +expired \d+ days ago/);
  assert.equal(fake.log.length, before);
});

test("status counts the rate budget by the rule of the library", async (t) => {
  const { run, json, edit } = await connected(t);
  const now = Math.floor(Date.now() / 1000);
  // Zoho's window is 600 s, and begins when a request arrives: the library counts it for 10 s more. A time of a later window,
  // from a clock that was wrong, does not count.
  await edit((record) => Object.assign(record, { requests: [now - 620, now - 604, now - 603, now - 1, now + 5000] }));
  assert.equal((await json(["status"])).recent_requests, 3);
  assert.match((await run(["status"])).stdout, /token requests {2}7 left, of the 10 that Zoho allows in ten minutes/);
});

test("files that others can read are reported with the chmod that closes them, a folder that they can list is not", async (t) => {
  const { run, json, file } = await connected(t);
  await chmod(dirname(file), 0o755);
  await chmod(`${file}.locks`, 0o755);
  assert.equal((await run(["status"])).stderr, "");
  assert.deepEqual((await json(["doctor", "--offline"])).findings, []);
  await chmod(file, 0o644);
  await chmod(`${file}.clients`, 0o640);
  const { code, stderr } = await run(["status"]);
  assert.equal(code, 0);
  assert.deepEqual(stderr.split("\n"), [
    `warning: ${file} holds secrets, and other users can access it (mode 644): chmod 600 '${file}'`,
    `warning: ${file}.clients holds secrets, and other users can access it (mode 640): chmod 600 '${file}.clients'`,
    "",
  ]);
});

const onPosix = process.platform === "win32" ? test.skip : test;
onPosix("a FIFO in place of a file does not hang", async (t) => {
  const { start, file } = await connected(t);
  for (const path of [`${file}.clients`, file]) {
    await rm(path);
    execFileSync("mkfifo", [path]);
    const { code, stderr } = await start(["token"]).ended;
    assert.equal(code, EXIT.store);
    assert.ok(stderr.includes(`${path} is a FIFO, a socket or a device, and was not opened: `), stderr);
    await rm(path);
    if (path !== file) await writeFile(path, '{"grantkit":1,"clients":{}}');
  }
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot("root leaves the files to their owner", async (t) => {
  const { json, file, selfClient, code } = await connected(t);
  const files = [file, `${file}.clients`, `${file}.locks`];
  for (const path of files) await chown(path, 23_456, 23_457);
  await json(["self-client"], { env: { ...selfClient, ZOHO_CODE: code() } });
  for (const path of files) {
    const { uid, gid, mode } = await stat(path);
    assert.deepEqual([uid, gid, (mode & 0o077).toString(8)], [23_456, 23_457, "0"], path);
  }
});

test("invalid files are not changed, and not quoted", async (t) => {
  const { run, file } = await connected(t);
  const clients = `${file}.clients`;
  for (const text of [
    `{"client_secret": "${SELF.client_secret}"`,
    "[]",
    '{"grantkit":1,"clients":{"default":{"location":7}}}',
    // Names of data centres become parts of variable names, in lines for a shell.
    '{"grantkit":1,"clients":{"default":{"location":"eu","client_id":"a","client_secret":{"eu":"b","A; id #":"c"}}}}',
  ]) {
    await writeFile(clients, text);
    const { code, stderr } = await run(["token"]);
    assert.equal(code, EXIT.store, text);
    assert.match(
      stderr,
      /\.clients (is not a file of clients that this version wrote|has no valid client of the profile "default"), and was not changed: restore a copy, or delete it and connect again/,
    );
    assert.equal(await readFile(clients, "utf8"), text);
  }
});

test("revoke needs --yes without a terminal, and deletes the grant and its client", async (t) => {
  const { fake, run, record, file, tokenRequests } = await connected(t);
  const asked = await run(["revoke"]);
  assert.deepEqual([asked.code, asked.stderr], [2, "grantkit: usage: there is no terminal to confirm at: add --yes\n"]);
  const { code, stdout } = await run(["revoke", "--yes"]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `Revoked: Zoho no longer accepts the refresh token. Nothing of the profile "default" is left in ${file}.\n`,
  );
  assert.equal(await record(), undefined);
  assert.deepEqual(JSON.parse(await readFile(`${file}.clients`, "utf8")), { grantkit: 1, clients: {} });
  assert.equal(fake.log.at(-1)?.path, "/oauth/v2/revoke/token");
  assert.equal((await run(["revoke", "--yes"])).code, 15);
  assert.deepEqual(tokenRequests(), ["authorization_code"]);
});

test("a grant that the server did not revoke stays, unless --local is given", async (t) => {
  const { fake, run, record } = await connected(t);
  const before = await record();
  fake.fail("revoke", "http_500_html", 2);
  const failed = await run(["revoke", "--yes"]);
  assert.equal(failed.code, 19);
  assert.match(
    failed.stderr,
    /The grant was not deleted\. To delete it here although it may stay valid at Zoho: --local/,
  );
  assert.deepEqual(await record(), before);
  const requests = fake.log.length;
  const { code, stdout } = await run(["revoke", "--yes", "--local"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Deleted here; Zoho was not asked\./);
  assert.equal(await record(), undefined);
  assert.equal(fake.log.length, requests);
});

test("status and doctor derive the state of a grant as the library does", async (t) => {
  const { run, json, edit } = await connected(t);
  const now = Math.floor(Date.now() / 1000);
  const initial = { expires_at: now + 3600, access_token: "1000.a", refresh_token: "1000.r" };
  /** @param {object} tokens @param {object} [members] */
  const derived = async (tokens, members = {}) => {
    await edit((record) => {
      delete record.hold_until;
      delete record.rejected_at;
      Object.assign(record, members);
      Object.assign(record.tokens, initial, tokens);
    });
    const { code, connected, has_refresh_token, hold_until } = await json(["status"]);
    return { code, connected, has_refresh_token, hold_until };
  };
  const good = { code: 0, connected: true, has_refresh_token: true, hold_until: undefined };
  const ended = { code: EXIT.reauthorization_required, connected: false };
  const budget = async () => {
    const { findings } = await json(["doctor", "--offline"]);
    return findings.filter((/** @type {{ what: string }} */ { what }) => what === "Zoho throttled the grant").length;
  };

  assert.deepEqual(await derived({}, { hold_until: now + 500 }), { ...good, hold_until: now + 500 });
  assert.match((await run(["status"])).stdout, /on hold +for .*: Zoho throttled/);
  assert.equal(await budget(), 1);
  for (const hold_until of [now - 5, now + 2 * 86_400]) {
    assert.deepEqual(await derived({}, { hold_until }), good, "the library ignores it");
    assert.doesNotMatch((await run(["status"])).stdout, /on hold/);
    assert.equal(await budget(), 0);
  }

  const alone = { ...good, has_refresh_token: false };
  assert.deepEqual(await derived({ refresh_token: "" }), alone);
  assert.match((await run(["status"])).stdout, /refresh token +none: connect again once/);
  assert.deepEqual(await derived({ refresh_token: "", expires_at: now - 5 }), { ...alone, ...ended });
  assert.match((await run(["status"])).stdout, /refresh token +none: connect again\n/);
  assert.deepEqual(await derived({ refresh_token: "", access_token: "" }), { ...alone, ...ended });
  const [finding] = (await json(["doctor", "--offline"])).findings;
  assert.equal(finding.what, "the grant has ended, since it has no valid access token");
  assert.deepEqual(await derived({ access_token: "" }), good);
  assert.deepEqual(await derived({}, { rejected_at: now }), { ...good, ...ended });
});
