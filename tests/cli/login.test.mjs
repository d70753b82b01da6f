// grantkit login, with a scripted browser that submits the fake's consent page.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import test from "node:test";
import { freePort } from "../../www/local/port.mjs";
import { consent, decide } from "./support/browser.mjs";
import { machine } from "./support/grantkit.mjs";
import { SCOPE, WEB, zoho } from "./support/zoho.mjs";

/** @typedef {import("node:test").TestContext} TestContext */

const ADDRESS = /^(http:\/\/127\.0\.0\.1:\d+\/oauth\/v2\/auth\?\S+)$/m;

/** @param {TestContext} t @param {Parameters<typeof zoho>[1]} [options] */
async function setUp(t, options) {
  const redirect_uri = `http://127.0.0.1:${await freePort()}/callback`;
  const server = await zoho(t, { redirect_uri, ...options });
  const client = { ZOHO_LOCATION: "us", ZOHO_CLIENT_ID: WEB.client_id, ZOHO_CLIENT_SECRET: WEB.client_secret };
  const at = await machine(t, { ...server.variables, ...client, ZOHO_REDIRECT_URI: redirect_uri, ZOHO_SCOPE: SCOPE });
  /** Starts a login, and returns the URL that it prints. @param {string[]} args @param {import("./support/grantkit.mjs").How} [how] */
  const login = async (args, how) => {
    const started = at.start(["login", "--no-open", ...args], how);
    const [, url = ""] = await started.until(ADDRESS);
    return { ...started, url };
  };
  return { ...server, ...at, redirect_uri, login };
}

test("a user of another data centre consents: the grant is of that data centre, and the browser shows no code", async (t) => {
  const { login, record, searched, redirect_uri, served, run, file } = await setUp(t);
  const { url, ended } = await login([]);
  const asked = new URL(url).searchParams;
  assert.deepEqual(
    [asked.get("scope"), asked.get("redirect_uri"), asked.get("prompt"), asked.get("code_challenge_method")],
    [SCOPE, redirect_uri, "consent", "S256"],
  );
  const { url: last, text } = await consent(url, "emil@example.eu");
  assert.equal(last, `${redirect_uri}/connected`);
  assert.match(text, /You can close this page/);
  const { code, stdout, stderr } = await searched(await ended);
  assert.equal(code, 0, stderr);
  const named = `The client ${WEB.client_id} must have exactly this redirect URI: ${redirect_uri}\n`;
  assert.ok(stderr.startsWith(named), stderr);
  assert.match(stdout, new RegExp(`^Connected\\.\\n.* us \\(United States\\)\\n.*${WEB.client_id}\\n`));
  const { tokens } = await record();
  assert.deepEqual([tokens.accounts_server, tokens.api_domain], [served.accounts.eu, served.api.eu]);
  const { redirect_uri: saved, scope } = JSON.parse(await readFile(`${file}.clients`, "utf8")).clients.default;
  assert.deepEqual([saved, scope], [redirect_uri, SCOPE]);
  assert.equal((await run(["token"], { showsToken: true })).stdout, `${tokens.access_token}\n`);
});

test("a redirect URI is sent exactly as it is registered", async (t) => {
  const redirect_uri = `http://localhost:${await freePort()}`;
  const { login, file } = await setUp(t, { redirect_uri });
  const { url, ended } = await login(["--redirect-uri", redirect_uri]);
  assert.equal(new URL(url).searchParams.get("redirect_uri"), redirect_uri);
  assert.equal((await consent(url, "ada@example.com")).url, `${redirect_uri}/connected`);
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`exactly this redirect URI: ${redirect_uri}\\n`));
  assert.equal(JSON.parse(await readFile(`${file}.clients`, "utf8")).clients.default.redirect_uri, redirect_uri);
});

test("a second login needs no option, and gets a refresh token again", async (t) => {
  const { login, record, environment } = await setUp(t);
  const first = await login([]);
  await consent(first.url, "ada@example.com");
  await first.ended;
  const before = (await record()).tokens.refresh_token;
  const bare = Object.fromEntries(
    Object.keys(environment)
      .filter((name) => /^(ZOHO|GRANTKIT)_/.test(name))
      .map((name) => [name, ""]),
  );
  const second = await login([], { env: bare });
  await consent(second.url, "ada@example.com");
  assert.equal((await second.ended).code, 0);
  assert.notEqual((await record()).tokens.refresh_token, before);
});

test("the browser is redirected once the grant is saved, and to another page if it cannot be", async (t) => {
  const { login, record, redirect_uri, file } = await setUp(t);
  const first = await login([]);
  const callback = (await decide(first.url, "ada@example.com", "manual")).headers.get("location") ?? "";
  // The last page is never fetched.
  const { headers } = await fetch(callback, { redirect: "manual" });
  assert.equal(headers.get("location"), "/callback/connected");
  assert.equal(typeof (await record()).tokens.refresh_token, "string");
  first.child.kill("SIGINT");
  await first.ended;

  const second = await login([]);
  await rm(`${file}.locks`, { recursive: true });
  await writeFile(`${file}.locks`, "");
  assert.equal((await consent(second.url, "ada@example.com")).url, `${redirect_uri}/failed`);
  const { code, stderr } = await second.ended;
  assert.equal(code, 24);
  assert.match(stderr, /The new grant is in \S+ instead/);
});

test("a refused consent is reported in the browser and on stdout, and changes nothing", async (t) => {
  const { login, record, redirect_uri } = await setUp(t);
  const { url, ended } = await login(["--json"]);
  const { url: last, text } = await consent(url, undefined);
  assert.deepEqual([last, /Not connected/.test(text)], [`${redirect_uri}/failed`, true]);
  const { code, stdout } = await ended;
  const { ok, error } = JSON.parse(stdout);
  assert.deepEqual([code, ok, error.code, error.error], [12, false, "authorization_response", "access_denied"]);
  assert.equal(await record(), undefined);
});

test("a secret for each data centre: a hint names the variable of a missing one", async (t) => {
  const secrets = { us: WEB.client_secret, in: "secret-of-india-55e0" };
  const { login, file, searched } = await setUp(t, { secrets });
  const failed = await login([]);
  await consent(failed.url, "indira@example.in");
  const { code, stderr } = await failed.ended;
  assert.equal(code, 11);
  assert.match(stderr, /set the secret of that data centre too, such as ZOHO_CLIENT_SECRET_IN\./);
  const { url, ended } = await login([], { env: { ZOHO_CLIENT_SECRET_IN: secrets.in } });
  await consent(url, "indira@example.in");
  assert.equal((await searched(await ended)).code, 0);
  const { client_secret } = JSON.parse(await readFile(`${file}.clients`, "utf8")).clients.default;
  assert.deepEqual(client_secret, secrets);
});

test("the browser is started with the URL, by the program of the system", async (t) => {
  const { start, folder, environment, record } = await setUp(t);
  const bin = join(folder, "bin");
  await mkdir(bin);
  const browser = new URL("support/browser.mjs", import.meta.url).pathname;
  await writeFile(join(bin, "xdg-open"), `#!/bin/sh\nexec '${process.execPath}' '${browser}' "$1" ada@example.com\n`);
  await chmod(join(bin, "xdg-open"), 0o755);
  const { ended } = start(["login"], { env: { PATH: `${bin}${delimiter}${environment.PATH}` } });
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /A browser was started\. If it does not show Zoho's page, open this URL:/);
  assert.equal(typeof (await record()).tokens.refresh_token, "string");
});

test("where no browser can be started, the URL is printed", async (t) => {
  const { start, folder } = await setUp(t);
  const { until, ended, child } = start(["login"], { env: { PATH: folder } });
  await until(/^Open this URL:\n\nhttp/m);
  child.kill("SIGINT");
  assert.equal((await ended).code, 130);
});

for (const [signal, expected] of /** @type {const} */ ([
  ["SIGINT", 130],
  ["SIGTERM", 143],
])) {
  test(`${signal} ends the wait, and leaves no grant and no lock`, async (t) => {
    const { login, folder, file, record, redirect_uri } = await setUp(t);
    const { child, ended } = await login([]);
    child.kill(signal);
    const { code, stdout } = await ended;
    assert.deepEqual([code, stdout], [expected, ""]);
    assert.equal(await record(), undefined);
    assert.deepEqual(await readdir(join(folder, "grantkit", "grants.json.locks")), []);
    assert.deepEqual(await readdir(join(folder, "grantkit")), ["grants.json", "grants.json.locks"]);
    assert.equal(await readFile(file, "utf8"), '{"grantkit":1,"records":{}}\n');
    await assert.rejects(fetch(redirect_uri));
  });
}

test("without a terminal, the error names what login needs", async (t) => {
  const { run } = await setUp(t);
  const scopeless = await run(["login"], { env: { ZOHO_SCOPE: "" } });
  assert.deepEqual(
    [scopeless.code, scopeless.stderr],
    [2, "grantkit: usage: no scope was given: give --scope or ZOHO_SCOPE, such as ZohoCRM.modules.ALL\n"],
  );
  const elsewhere = await run(["login", "--redirect-uri", "https://app.example/callback"]);
  assert.equal(elsewhere.code, 2);
  assert.match(elsewhere.stderr, /"https:\/\/app\.example\/callback" is not a loopback address: /);
  assert.equal((await run(["login", "--timeout", "0"])).code, 2);
});
