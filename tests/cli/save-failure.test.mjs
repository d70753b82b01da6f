// A new grant that cannot be saved: the previous one stays, and the new one is rescued.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { parseEnv } from "node:util";
import { machine, PROGRAM } from "./support/grantkit.mjs";
import { proxied, SELF, zoho } from "./support/zoho.mjs";

/** The program with a limit of some kilobytes for each file. @type {[string, ...string[]]} */
const CRAMPED = ["sh", "-c", 'ulimit -f 16; exec "$0" "$@"', process.execPath, PROGRAM];

/** Fills a file of grants or of clients. @param {string} path @param {"records" | "clients"} name */
async function fill(path, name) {
  const content = JSON.parse(await readFile(path, "utf8"));
  content[name].large = { version: 1, requests: [], tokens: { access_token: "x".repeat(20_000), token_type: "x" } };
  await writeFile(path, JSON.stringify(content));
}

/** @param {string} file */
async function saved(file) {
  const { default: grant } = JSON.parse(await readFile(file, "utf8")).records;
  const { default: client } = JSON.parse(await readFile(`${file}.clients`, "utf8")).clients;
  return { tokens: grant?.tokens, client };
}

/** A grant, and a file that is full once the code for another is used. @param {import("node:test").TestContext} t @param {"records" | "clients"} full */
async function connectedOnce(t, full) {
  const server = await zoho(t);
  const at = await machine(t, server.selfClient);
  await at.run(["self-client", "--code", server.code()]);
  const path = full === "records" ? at.file : `${at.file}.clients`;
  const origin = await proxied(t, `${server.served.accounts.eu}`, () => fill(path, full));
  const again = { program: CRAMPED, env: { GRANTKIT_ACCOUNTS_SERVER: origin } };
  return { ...server, ...at, again };
}

for (const full of /** @type {const} */ (["records", "clients"])) {
  test(`where the file of ${full} is full, the previous grant and its client stay`, async (t) => {
    const { run, file, code, again } = await connectedOnce(t, full);
    const before = await saved(file);
    assert.equal(before.client.client_secret, SELF.client_secret);
    const { code: exit } = await run(["self-client", "--no-save-secret", "--code", code()], again);
    assert.equal(exit, 24);
    assert.deepEqual(await saved(file), before);
  });
}

test("a full file is found before the code is used", async (t) => {
  const { run, file, code, tokenRequests, again } = await connectedOnce(t, "records");
  for (const [path, name] of /** @type {const} */ ([
    [file, "records"],
    [`${file}.clients`, "clients"],
  ])) {
    const whole = await readFile(path, "utf8");
    await fill(path, name);
    const { code: exit, stderr } = await run(["self-client", "--code", code()], { program: again.program });
    assert.equal(exit, 24);
    assert.match(stderr, /^grantkit: store: .*EFBIG/m);
    await writeFile(path, whole);
  }
  assert.deepEqual(tokenRequests(), ["authorization_code"]);
});

/** The variables in the file that the hint names. @param {string} stderr @param {string} folder of that file */
async function rescued(stderr, folder) {
  const [hint = "", path = ""] =
    / {2}The new grant is in (\S+) instead, with its refresh token: .*\n$/.exec(stderr) ?? [];
  assert.ok(path.startsWith(join(folder, "grantkit-rescued-")), `${stderr}${hint}`);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const { ZOHO_REFRESH_TOKEN = "", ...rest } = parseEnv(await readFile(path, "utf8"));
  assert.match(ZOHO_REFRESH_TOKEN, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
  return rest;
}

test("a grant that cannot be saved is in a file that the error names, without the client secret", async (t) => {
  const { run, folder, code, served, again } = await connectedOnce(t, "records");
  const { stderr } = await run(["self-client", "--code", code()], again);
  assert.match(stderr, /^grantkit: store: \S+: saving the record of "default" failed \(EFBIG: [^`]+\): [^`]+$/m);
  assert.deepEqual(await rescued(stderr, folder), {
    ZOHO_LOCATION: "eu",
    ZOHO_CLIENT_ID: SELF.client_id,
    ZOHO_ACCOUNTS_SERVER: again.env.GRANTKIT_ACCOUNTS_SERVER,
    ZOHO_API_DOMAIN: served.api.eu,
  });
});

test("where the home folder cannot be written, the file is in the folder for temporary files", async (t) => {
  const { run, folder, file, code, again } = await connectedOnce(t, "records");
  const TMPDIR = join(folder, "temporary");
  await mkdir(TMPDIR);
  const env = { ...again.env, HOME: join(file, "none"), TMPDIR };
  const { stderr } = await run(["self-client", "--code", code()], { ...again, env });
  assert.equal((await rescued(stderr, TMPDIR)).ZOHO_LOCATION, "eu");
});

test("where nothing can be written the grant is revoked, and the error says so if it could not be", async (t) => {
  const { fake, run, json, file, code, again } = await connectedOnce(t, "records");
  const none = join(file, "none");
  const how = { ...again, env: { ...again.env, HOME: none, TMPDIR: none } };
  const { error } = await json(["self-client", "--code", code()], how);
  assert.deepEqual(error.hints, [
    "No other file could be written, so the new grant was revoked: free some space, and connect again.",
  ]);
  assert.deepEqual([fake.log.at(-1)?.path, fake.log.at(-1)?.status], ["/oauth/v2/revoke/token", 200]);
  const content = JSON.parse(await readFile(file, "utf8"));
  delete content.records.large;
  await writeFile(file, JSON.stringify(content));
  fake.fail("revoke", "http_500_html", 9);
  const { code: exit, stderr } = await run(["self-client", "--code", code()], how);
  assert.equal(exit, 24);
  assert.match(stderr, /Zoho did not revoke the new grant, so it is lost and stays valid: remove the\n/);
});

for (const form of ["env", "wrangler"]) {
  test(`--print ${form} to a full device: the same lines are in a file`, async (t) => {
    const { selfClient, code } = await zoho(t);
    const { run, folder } = await machine(t, selfClient);
    const program = /** @type {[string, ...string[]]} */ ([
      "sh",
      "-c",
      'exec "$0" "$@" >/dev/full',
      ...CRAMPED.slice(-2),
    ]);
    for (const args of [[], ["--json"]]) {
      const { code: exit, stderr } = await run(["self-client", "--print", form, "--code", code(), ...args], {
        program,
      });
      assert.equal(exit, 24);
      assert.match(
        stderr,
        /^grantkit: store: the output cannot be written \(ENOSPC\): check where stdout leads\n {2}The/,
      );
      const [name = ""] = (await readdir(folder)).filter((entry) => entry.startsWith("grantkit-rescued-"));
      const text = await readFile(join(folder, name), "utf8");
      assert.match(text, /ZOHO_REFRESH_TOKEN/);
      assert.equal(text.includes("wrangler secret put"), form === "wrangler");
      assert.ok(text.includes(SELF.client_secret));
      await rm(join(folder, name));
    }
  });
}

test("--print to a closed pipe: the grant is in a file", async (t) => {
  const { selfClient, code } = await zoho(t);
  const { start, folder } = await machine(t, { ...selfClient, ZOHO_CODE: code() });
  const { child, ended } = start(["self-client", "--print", "env"]);
  child.stdout.destroy();
  const { code: exit, stderr } = await ended;
  assert.equal(exit, 24);
  assert.match(
    stderr,
    /^grantkit: store: the reader closed the output: run this again with a reader that reads it to the end\n/,
  );
  assert.equal((await rescued(stderr, folder)).ZOHO_CLIENT_SECRET, SELF.client_secret);
});
