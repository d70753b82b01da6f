// The files of the command line as commit 179b6fa wrote them, and what it printed for programs.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadClient } from "../../pkg/cli/src/clients-file.js";
import { NOW } from "./support/fixed.mjs";
import { fixture, pathOf } from "./support/fixtures.mjs";
import { SELF, WEB } from "./support/settings.mjs";
import { SCOPE, token } from "./support/zoho.mjs";

const PROGRAM = fileURLToPath(new URL("../../pkg/cli/grantkit.js", import.meta.url));
const HOOK = new URL("./support/account.mjs", import.meta.url).href;
const ACCOUNT = { ZOHO_LOCATION: "eu", ZOHO_CLIENT_ID: SELF.client_id, ZOHO_CLIENT_SECRET: SELF.client_secret };

/** A machine with the files, or with none. @param {import("node:test").TestContext} t @param {{ isEmpty?: boolean }} [options] */
async function machine(t, { isEmpty = false } = {}) {
  const home = await mkdtemp(join(tmpdir(), "grantkit-stability-"));
  t.after(() => rm(home, { recursive: true }));
  const folder = join(home, "grantkit");
  if (!isEmpty) await cp(pathOf("cli"), folder, { recursive: true });
  const log = join(home, "sent.json");

  return {
    folder,
    /** Runs a command at a time after the grants were made. @param {number} seconds @param {string[]} args @param {Record<string, string>} [variables] */
    async run(seconds, args, variables = {}) {
      const { PATH = "" } = process.env;
      const machine = { PATH, HOME: home, XDG_DATA_HOME: home, NO_COLOR: "1", GRANTKIT_TEST_SENT: log };
      const env = {
        ...machine,
        GRANTKIT_TEST_NOW: String(NOW + seconds),
        GRANTKIT_TEST_PREFIX: "today ",
        ...variables,
      };
      const child = spawn(process.execPath, ["--import", HOOK, PROGRAM, ...args], { cwd: home, env });
      child.stdin.end();
      const ended = new Promise((resolve) => child.on("close", resolve));
      const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      assert.equal(code, 0, stdout + stderr);
      /** @type {import("./support/zoho.mjs").Sent[]} */
      const sent = JSON.parse(await readFile(log, "utf8"));
      return { stdout: stdout.replaceAll(home, "/home/ada"), sent };
    },
  };
}

test("each grant is found with its client", async (t) => {
  const { run } = await machine(t);
  for (const profile of ["default", "many", "no secret", "origins"]) {
    const { stdout, sent } = await run(0, ["status", "--profile", profile, "--json"]);
    const { ok, connected, location, client_id, scope, expires_at, has_refresh_token } = JSON.parse(stdout);
    assert.deepEqual([ok, connected, has_refresh_token], [true, true, true], profile);
    assert.deepEqual([location, client_id, scope], ["eu", SELF.client_id, SCOPE], profile);
    assert.equal(expires_at, NOW + 3600, profile);
    assert.deepEqual(sent, []);
  }
});

/** @type {[profile: string, prefix: string, host: string, variables?: Record<string, string>][]} */
const REFRESHES = [
  ["default", "cli ", "accounts.zoho.eu"],
  ["many", "many ", "accounts.zoho.eu"],
  ["no secret", "", "accounts.zoho.eu", { ZOHO_CLIENT_SECRET: SELF.client_secret }],
  ["origins", "", "accounts.example"],
];

for (const [profile, prefix, host, variables] of REFRESHES) {
  test(`the grant "${profile}" gives its token, and is refreshed with its client`, async (t) => {
    const { run } = await machine(t);
    const args = ["token", "--profile", profile];
    assert.equal((await run(0, args, variables)).stdout.trim(), token(`${prefix}access 1`));
    const { stdout, sent } = await run(3600, args, variables);
    assert.equal(stdout.trim(), token("today access 1"));
    const form = { grant_type: "refresh_token", refresh_token: token(`${prefix}refresh`), ...SELF };
    assert.deepEqual(sent, [{ url: `https://${host}/oauth/v2/token`, form }]);
    assert.equal((await run(3600, args, variables)).stdout, stdout);
  });
}

test("the clients are read whole", async (t) => {
  const { folder } = await machine(t);
  const file = join(folder, "grants.json");
  const own = { location: "eu", ...SELF };
  assert.deepEqual(await loadClient(file, "default"), own);
  const secrets = { eu: SELF.client_secret, in: "secret-of-india" };
  assert.deepEqual(await loadClient(file, "many"), { ...own, client_secret: secrets });
  assert.deepEqual(await loadClient(file, "no secret"), { location: "eu", client_id: SELF.client_id });
  const origins = { accounts_server: "https://accounts.example", api_domain: "https://api.example" };
  assert.deepEqual(await loadClient(file, "origins"), { ...own, ...origins });
  const redirect_uri = "http://127.0.0.1:8765/callback";
  assert.deepEqual(await loadClient(file, "login"), { location: "us", ...WEB, redirect_uri, scope: SCOPE });
});

test("the fake goes on: its tokens, its records, and what it was asked", async (t) => {
  const { folder, run } = await machine(t);
  const { records } = JSON.parse(await readFile(join(folder, "fake-grants.json"), "utf8"));
  const { access_token } = records.default.tokens;
  assert.equal((await run(3700, ["token", "--fake"])).stdout.trim(), access_token);
  const leads = await run(3700, ["api", "GET", "/crm/v8/Leads?fields=Last_Name,Company", "--fake"]);
  assert.match(leads.stdout, /"Last_Name": ?"Fixture"/);
  const { stdout } = await run(7400, ["token", "--fake"]);
  assert.match(stdout, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}\n$/);
  assert.notEqual(stdout.trim(), access_token);
});

test("what is printed for programs has the same members and values", async (t) => {
  const printed = fixture("cli/printed.json");
  const { run } = await machine(t, { isEmpty: true });
  const code = ["self-client", "--code", "1000.code"];
  const variables = { ...ACCOUNT, GRANTKIT_TEST_PREFIX: "cli " };
  const now = {
    "self-client": (await run(0, [...code, "--json"], variables)).stdout,
    status: (await run(0, ["status", "--json"])).stdout,
    token: (await run(0, ["token", "--json"])).stdout,
  };
  for (const [command, stdout] of Object.entries(now)) {
    const before = JSON.parse(printed[command]);
    // Members may be added.
    const members = Object.entries(JSON.parse(stdout)).filter(([name]) => name in before);
    assert.deepEqual(Object.fromEntries(members), before, command);
  }
  const lines = (await run(0, [...code, "--print", "env"], variables)).stdout.split("\n");
  for (const line of printed.print.trim().split("\n")) assert.ok(lines.includes(line), line);
});
