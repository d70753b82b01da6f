// grantkit self-client: its questions, request, files, output and errors.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { parseEnv } from "node:util";
import { printed } from "../../pkg/cli/src/print-formats.js";
import { machine } from "./support/grantkit.mjs";
import { SELF, zoho } from "./support/zoho.mjs";

const GRANTED = "ZohoCRM.modules.ALL ZohoCRM.org.READ";

test("a code is exchanged for a grant, which is saved and summarised", async (t) => {
  const { selfClient, code, served, tokenRequests } = await zoho(t);
  const { run, record, file } = await machine(t, { ...selfClient, ZOHO_CODE: code() });
  const { code: exit, stdout, stderr } = await run(["self-client"]);
  assert.equal(exit, 0, stderr);
  assert.equal(stderr, "");
  const lines = stdout.replace(/valid for \d+ (s|min), until .*/, "valid for a while").split("\n");
  assert.deepEqual(lines, [
    "Connected.",
    "  data centre    eu (Europe)",
    `  client         ${SELF.client_id}`,
    `  scope          ${GRANTED}`,
    `  API domain     ${served.api.eu}`,
    "  access token   valid for a while",
    "  refresh token  received: it is valid until it is revoked",
    `  saved in       ${file} (profile "default")`,
    "Next: grantkit token",
    "",
  ]);
  const { tokens } = await record();
  assert.equal(tokens.scope, GRANTED);
  assert.match(tokens.refresh_token, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
  assert.deepEqual(tokenRequests(), ["authorization_code"]);
});

test("only the owner can read the files, which hold the client, and its secret unless --no-save-secret is given", async (t) => {
  const { selfClient, code, served } = await zoho(t);
  const { run, file } = await machine(t, selfClient);
  await run(["self-client"], { env: { ZOHO_CODE: code() } });
  for (const path of [file, `${file}.clients`]) assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(file))).mode & 0o777, 0o700);
  const saved = async () => JSON.parse(await readFile(`${file}.clients`, "utf8")).clients.default;
  const client = {
    location: "eu",
    client_id: SELF.client_id,
    accounts_server: served.accounts,
    api_domain: served.api,
  };
  assert.deepEqual(await saved(), { ...client, client_secret: SELF.client_secret });
  await run(["self-client", "--no-save-secret"], { env: { ZOHO_CODE: code() } });
  assert.deepEqual(await saved(), client);
});

test("a second code needs no other option, and a note says that the first grant is replaced", async (t) => {
  const { selfClient, variables, code } = await zoho(t);
  const { run, record, file } = await machine(t, variables);
  await run(["self-client"], { env: { ...selfClient, ZOHO_CODE: code() } });
  const first = await record();
  const { code: exit, stderr } = await run(["self-client", "--code", code()]);
  assert.equal(exit, 0, stderr);
  assert.equal(
    stderr,
    `The grant of the profile "default" in ${file} will be replaced. The old one stays valid at Zoho until it is revoked.\n`,
  );
  assert.notEqual((await record()).tokens.refresh_token, first.tokens.refresh_token);
});

test("each profile has its own grant", async (t) => {
  const { selfClient, code } = await zoho(t);
  const { run, record } = await machine(t, selfClient);
  await run(["self-client", "--code", code(), "--profile", "staging"]);
  await run(["self-client", "--code", code()], { env: { GRANTKIT_PROFILE: "__proto__" } });
  const staging = await record("staging");
  const { stdout } = await run(["token", "--profile", "staging"], { shows: [staging.tokens.access_token] });
  assert.equal(stdout, `${staging.tokens.access_token}\n`);
  assert.equal((await run(["token"])).code, 15);
  assert.equal((await run(["status", "--profile", "__proto__"])).code, 0);
});

test("a secret in an argument causes a warning that names the alternatives; a code causes none", async (t) => {
  const { variables, code } = await zoho(t);
  const { run, secrets } = await machine(t, variables);
  secrets.add(SELF.client_secret);
  const args = ["--location", "EU", "--client-id", SELF.client_id, "--client-secret", SELF.client_secret];
  const { code: exit, stderr } = await run(["self-client", ...args, "--code", code()]);
  assert.equal(exit, 0, stderr);
  assert.equal(
    stderr,
    "warning: a secret in an argument can be read in the list of processes and in the shell's history: set ZOHO_CLIENT_SECRET instead, or omit it and type it when asked\n",
  );
});

test("the console's self_client.json gives the client and the code", async (t) => {
  const { variables, code } = await zoho(t);
  const { run, folder, secrets } = await machine(t, { ...variables, ZOHO_LOCATION: "eu" });
  const path = join(folder, "self_client.json");
  const downloaded = { ...SELF, code: code(), scope: ["ZohoCRM.modules.ALL"], grant_type: "authorization_code" };
  await writeFile(path, JSON.stringify(downloaded));
  secrets.add(downloaded.code).add(SELF.client_secret);
  // The file comes before a variable that holds an old code.
  const { code: exit, stderr } = await run(["self-client", "--from", path], { env: { ZOHO_CODE: "1000.stale" } });
  assert.deepEqual([exit, stderr], [0, `${path} holds the client secret: delete it, or store it safely.\n`]);
  await writeFile(path, `{"client_secret": "${SELF.client_secret}"`);
  const broken = await run(["self-client", "--from", path]);
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /self_client\.json is not a self_client\.json of the console: download it again/);
  assert.match(
    (await run(["self-client", "--from", join(folder, "absent")])).stderr,
    /usage: .*absent does not exist: give the path/,
  );
});

test("the wrong data centre: the hints list the consoles, and the code is still valid", async (t) => {
  const { selfClient, code, tokenRequests } = await zoho(t);
  const { run, record } = await machine(t, { ...selfClient, ZOHO_CODE: code() });
  const refused = await run(["self-client", "--location", "us"]);
  assert.equal(refused.code, 11);
  assert.match(refused.stderr, /^grantkit: client_rejected: invalid_client from 127\.0\.0\.1/);
  assert.match(
    refused.stderr,
    /1\. The client is registered at another data centre than us\. The address of the console names it: api-console\.zoho\.com is us, api-console\.zoho\.eu is eu, .* api-console\.zohocloud\.ca is ca, /,
  );
  assert.match(
    refused.stderr,
    /Run this again with that --location: until it expires, the code is still valid there\./,
  );
  assert.equal(await record(), undefined);
  assert.equal((await run(["self-client"])).code, 0);
  // One request for each run: no other data centre is tried.
  assert.deepEqual(tokenRequests(), ["authorization_code", "authorization_code"]);
});

test("a wrong secret has hints of its own", async (t) => {
  const { selfClient, code } = await zoho(t);
  const { json } = await machine(t, { ...selfClient, ZOHO_CODE: code(), ZOHO_CLIENT_SECRET: "secret-of-another" });
  const { code: exit, ok, error } = await json(["self-client"]);
  assert.deepEqual(
    [exit, ok, error.code, error.error, error.status],
    [11, false, "client_rejected", "invalid_client_secret", 200],
  );
  assert.deepEqual(error.hints, [
    'The client ID is known at eu, but the secret is wrong: copy it again from the tab "Client Secret" of api-console.zoho.eu.',
  ]);
});

test("an expired code: the likely causes in order", async (t) => {
  const { fake, selfClient, code } = await zoho(t);
  const { json } = await machine(t, { ...selfClient, ZOHO_CODE: code() });
  fake.advance(181);
  const { code: exit, error } = await json(["self-client"]);
  assert.deepEqual([exit, error.code, error.error], [14, "code_rejected", "invalid_code"]);
  assert.deepEqual(
    error.hints.map((/** @type {string} */ hint) => hint.slice(0, 27)),
    [
      "1. The code is older than t",
      "2. The code was used before",
      "3. The code was generated f",
      "Generate a new code and run",
    ],
  );
});

test("throttled: the error has the seconds to wait, and the previous grant stays", async (t) => {
  const { fake, selfClient, code } = await zoho(t);
  const { run, json, record } = await machine(t, selfClient);
  await run(["self-client", "--code", code()]);
  const before = await record();
  fake.fail("token", "throttle");
  const { code: exit, error } = await json(["self-client", "--code", code()]);
  assert.deepEqual([exit, error.code, error.retryable, error.retryAfter], [17, "throttled", true, 600]);
  assert.deepEqual(await record(), before);
});

test("--print env saves nothing, prints the variables on stdout, and the summary on stderr", async (t) => {
  const { selfClient, code, served } = await zoho(t);
  const { start, record, file } = await machine(t, { ...selfClient, ZOHO_CODE: code() });
  const { code: exit, stdout, stderr } = await start(["self-client", "--print", "env"]).ended;
  assert.equal(exit, 0, stderr);
  const { ZOHO_REFRESH_TOKEN = "", ...rest } = parseEnv(stdout);
  assert.match(ZOHO_REFRESH_TOKEN, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    ZOHO_LOCATION: "eu",
    ZOHO_CLIENT_ID: SELF.client_id,
    ZOHO_CLIENT_SECRET: SELF.client_secret,
    ZOHO_ACCOUNTS_SERVER: served.accounts.eu,
    ZOHO_API_DOMAIN: served.api.eu,
  });
  assert.match(stderr, /^Connected\. Nothing was saved on this machine\.\n/);
  assert.ok(!stderr.includes(ZOHO_REFRESH_TOKEN) && !stderr.includes(SELF.client_secret));
  assert.equal(await record(), undefined);
  await assert.rejects(stat(`${file}.clients`), { code: "ENOENT" });
});

test("the secret of the data centre's own variable is enough, and is printed under both names", async (t) => {
  const { selfClient, code } = await zoho(t);
  const { ZOHO_CLIENT_SECRET, ...others } = selfClient;
  const { start, run, file } = await machine(t, { ...others, ZOHO_CLIENT_SECRET_EU: ZOHO_CLIENT_SECRET });
  const { stdout, stderr } = await start(["self-client", "--print", "env", "--code", code()]).ended;
  const printed = parseEnv(stdout);
  assert.equal(printed.ZOHO_CLIENT_SECRET, ZOHO_CLIENT_SECRET, stderr);
  assert.equal(printed.ZOHO_CLIENT_SECRET_EU, ZOHO_CLIENT_SECRET);
  assert.equal((await run(["self-client", "--no-save-secret", "--code", code()])).code, 0);
  assert.equal((await run(["token", "--min-validity", "3600"], { showsToken: true })).code, 0);
  // A flag comes before any variable.
  const flag = ["--client-secret", ZOHO_CLIENT_SECRET];
  const env = { ZOHO_CLIENT_SECRET_EU: "of-another-project", ZOHO_CLIENT_SECRET_IN: "of-india" };
  assert.equal((await run(["self-client", ...flag, "--code", code()], { env, shows: flag })).code, 0);
  const { client_secret } = JSON.parse(await readFile(`${file}.clients`, "utf8")).clients.default;
  assert.deepEqual(client_secret, { eu: ZOHO_CLIENT_SECRET, in: "of-india" });
});

test("--print env prints lines that dotenv, Node and a shell read alike", () => {
  const values = ["plain", "a b", `"$(id)" \`id\` \\`, "it's mine", "1#2", "~"];
  for (const value of values) {
    const line = printed("env", [["NAME", value]]);
    assert.equal(parseEnv(line).NAME, value, line);
    assert.equal(execFileSync("sh", ["-c", `${line}\nprintf %s "$NAME"`], { encoding: "utf8" }), value, line);
  }
  for (const value of ["it's $(id)", "it's `id`", "it's \\ mine", `it's "mine"`, "a\nPATH=/tmp"]) {
    assert.throws(() => printed("env", [["NAME", value]]), { code: "usage" }, value);
  }
});

test("--print wrangler quotes any secret for the shell", async (t) => {
  const secret = `it's "a" $(secret) \\ of mine`;
  const { fakeZoho } = await import("grantkit/testing");
  const fake = await fakeZoho({
    clients: [{ client_id: "1000.ODD", client_secret: secret }],
    now: Math.floor(Date.now() / 1000),
  });
  const { accounts, close } = await fake.listen();
  t.after(close);
  const given = {
    ZOHO_LOCATION: "us",
    ZOHO_CLIENT_ID: "1000.ODD",
    ZOHO_CLIENT_SECRET: secret,
    GRANTKIT_ACCOUNTS_SERVER: accounts.us,
  };
  const { start, folder } = await machine(t, given);
  const code = () => fake.selfClientCode({ client_id: "1000.ODD", scope: "ZohoCRM.modules.ALL" });
  const { stdout } = await start(["self-client", "--print", "wrangler", "--code", code()]).ended;
  const lines = stdout.trim().split("\n");
  assert.deepEqual(
    lines.map((line) => line.replace(/^printf %s '.*' \| npx wrangler secret put /s, "")),
    [
      "ZOHO_LOCATION",
      "ZOHO_CLIENT_ID",
      "ZOHO_CLIENT_SECRET",
      "ZOHO_REFRESH_TOKEN",
      "ZOHO_ACCOUNTS_SERVER",
      "ZOHO_API_DOMAIN",
    ],
  );
  // The shell passes on exactly the secret.
  const line = lines.find((text) => text.endsWith("ZOHO_CLIENT_SECRET")) ?? "";
  assert.equal(
    execFileSync("sh", ["-c", line.replace(/ \| npx wrangler.*/, "")], { cwd: folder, encoding: "utf8" }),
    secret,
  );
  // A value that no .env file can hold is refused before the code is used.
  const odd = await start(["self-client", "--print", "env", "--code", code()], { env: { ZOHO_CLIENT_SECRET: "a'b`c" } })
    .ended;
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /ZOHO_CLIENT_SECRET has characters that an \.env file cannot hold/);
});

test("a file that cannot be written is found before the code is used", async (t) => {
  const { selfClient, code, tokenRequests } = await zoho(t);
  const { run, folder, file } = await machine(t, { ...selfClient, ZOHO_CODE: code() });
  await mkdir(file, { recursive: true });
  assert.equal((await run(["self-client"])).code, 24);
  const blocked = join(folder, "a-file");
  await writeFile(blocked, "");
  assert.equal((await run(["self-client", "--file", join(blocked, "grants.json")])).code, 24);
  // The folder of locks is a file, so the grant could not be saved.
  await writeFile(join(folder, "locked.json.locks"), "");
  assert.equal((await run(["self-client", "--file", join(folder, "locked.json")])).code, 24);
  assert.deepEqual(tokenRequests(), []);
  assert.equal((await run(["self-client", "--file", join(folder, "other.json")])).code, 0);
});

test("without a terminal nothing is asked, and the error names what is missing", async (t) => {
  const { run } = await machine(t);
  const nothing = await run(["self-client"]);
  assert.equal(nothing.code, 2);
  assert.equal(
    nothing.stderr,
    "grantkit: usage: the client is not complete, and there is no terminal to ask at: give --location (or ZOHO_LOCATION), --client-id (or ZOHO_CLIENT_ID), ZOHO_CLIENT_SECRET\n",
  );
  const client = { ZOHO_LOCATION: "eu", ZOHO_CLIENT_ID: SELF.client_id, ZOHO_CLIENT_SECRET: SELF.client_secret };
  const codeless = await run(["self-client"], { env: client });
  assert.deepEqual(
    [codeless.code, codeless.stderr],
    [2, "grantkit: usage: there is no code, and no terminal to ask at: give --code, ZOHO_CODE or --from\n"],
  );
  const elsewhere = await run(["self-client", "--location", "mars"]);
  assert.equal(elsewhere.code, 2);
  assert.match(
    elsewhere.stderr,
    /usage: --location is "mars", which is not a data centre of Zoho: use one of us \(United States\), eu \(Europe\), /,
  );
  for (const [variable, text] of [
    ["ZOHO_LOCATION", "com"],
    ["GRANTKIT_ACCOUNTS_SERVER", "com=https://accounts.example"],
    ["GRANTKIT_API_DOMAIN", "com=https://api.example"],
  ]) {
    const { code, stderr } = await run(["self-client"], { env: { ...client, [`${variable}`]: `${text}` } });
    assert.equal(code, 2);
    assert.ok(
      stderr.startsWith(`grantkit: usage: ${variable} is "com", which is not a data centre of Zoho: use one of us `),
      stderr,
    );
  }
});
