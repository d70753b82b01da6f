// Writes what a checkout of grantkit stores into tests/stability/fixtures. The README of that folder says for which
// commit it was run, and how. The tests need neither that checkout nor this script.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { startRedis } from "../js/stores/support/redis.mjs";
import { durableObject } from "./support/durable-object.mjs";
import { holdStill, NOW, time } from "./support/fixed.mjs";
import { KEY, KEYS, PURPOSE, SECOND_KEY, SELF, THIRD_KEY, WEB } from "./support/settings.mjs";
import { errorResponse, SCOPE, token, zohoServer } from "./support/zoho.mjs";

/** @typedef {import("./support/zoho.mjs").Scripted} Scripted */

const [checkout] = process.argv.slice(2);
if (!checkout) {
  console.error("usage: node tests/stability/make-fixtures.mjs CHECKOUT");
  process.exit(2);
}
holdStill();

const OUT = new URL("./fixtures/", import.meta.url);
const from = (/** @type {string} */ path) => import(pathToFileURL(resolve(checkout, path)).href);
const { OAuthClient, TokenManager, memoryStore, sealedStore, sealer, zoho } = await from("pkg/index.js");
const { fileStore } = await from("pkg/node.js");
const { redisStore } = await from("pkg/redis.js");
const { webFlow } = await from("pkg/web.js");
const { TokenVault, vaultError } = await from("pkg/cloudflare.js");

const clock = () => time.now * 1000;
const scratch = mkdtempSync(join(tmpdir(), "grantkit-fixtures-"));
const read = (/** @type {string} */ path) => readFileSync(path, "utf8");

/** @param {string} name @param {string} text */
function write(name, text) {
  const path = fileURLToPath(new URL(name, OUT));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** @param {string} name @param {unknown} value */
const writeJson = (name, value) => write(name, `${JSON.stringify(value, undefined, 2)}\n`);

/** A client of Zoho, and its server. @param {string} prefix of the names of its tokens */
function selfClient(prefix) {
  const server = zohoServer(prefix);
  const client = new OAuthClient({ server: zoho({ location: "eu" }), ...SELF, fetch: server.fetch, clock });
  return { client, server };
}

/**
 * Grants in each state that a record can be in. The last is in the middle of its refresh when `during` runs.
 *
 * @param {any} store
 * @param {() => Promise<unknown>} during
 */
async function grants(store, during) {
  await plain(store);
  /** The response to the refresh of each; undefined for new tokens. @type {[string, Scripted | undefined][]} */
  const refreshed = [
    ["refreshed", undefined],
    ["throttled", errorResponse({ error: "Access Denied", error_description: "too many requests" })],
    ["rejected", errorResponse({ error: "invalid_code" })],
    [
      "refreshing",
      async () => {
        await during();
        throw new TypeError("the connection is gone");
      },
    ],
  ];
  await connected(store, "fresh");
  for (const [key, response] of refreshed) {
    const { manager, server } = await connected(store, key);
    time.now += 3000;
    if (response) server.next.push(response);
    await manager.accessToken({ minValidity: 1800 }).catch(() => {});
    time.now -= 3000;
  }
}

/** A grant as the exchange of a code brings it. @param {any} store @param {string} key */
async function connected(store, key) {
  const { client, server } = selfClient(`${key} `);
  const manager = new TokenManager(client, store, { key });
  await manager.save(await client.exchangeCode("1000.code"));
  return { manager, server };
}

/** A grant of a server without a profile, with members that grantkit does not know. @param {any} store */
async function plain(store) {
  const client = new OAuthClient({
    server: { issuer: "https://as.example", token_endpoint: "https://as.example/token" },
    client_id: "plain",
    clock,
  });
  await new TokenManager(client, store, { key: "plain" }).save({
    access_token: "plain access",
    token_type: "Bearer",
    refresh_token: "plain refresh",
    scope: "read write",
    id_token: "header.payload.signature",
    tenant: { name: "acme", seats: 3 },
  });
}

/** Copies one file of grants, in clear and sealed. */
async function files() {
  for (const [name, seal] of /** @type {const} */ ([
    ["grants.json", false],
    ["grants-sealed.json", true],
  ])) {
    const path = join(scratch, name);
    const store = fileStore(path);
    const used = seal ? sealedStore(store, sealer(KEY, { clock })) : store;
    await grants(used, async () => write(name, read(path)));
  }
}

async function records() {
  const store = memoryStore();
  /** @type {Record<string, unknown>} */
  const stored = {};
  await grants(store, async () => {
    for (const key of KEYS) stored[key] = await store.load(key);
  });
  writeJson("memory.json", stored);
}

async function redis() {
  const server = await startRedis();
  if (!server) throw new Error("redis-server is not installed");
  const client = new Redis({ host: "127.0.0.1", port: server.port });
  /** @type {Record<string, unknown>[]} */
  const stored = [];
  for (const seal of [false, true]) {
    await client.flushall();
    const store = redisStore(client);
    await grants(seal ? sealedStore(store, sealer(KEY, { clock })) : store, async () => {
      /** @type {Record<string, unknown>} */
      const hashes = {};
      for (const name of (await client.keys("*")).sort()) {
        if ((await client.type(name)) !== "hash") continue;
        // Redis has no order of fields.
        const fields = Object.entries(await client.hgetall(name)).sort(([a], [b]) => (a < b ? -1 : 1));
        hashes[name] = Object.fromEntries(fields);
      }
      stored.push(hashes);
    });
  }
  client.disconnect();
  await server.stop();
  writeJson("redis.json", { plain: stored[0], sealed: stored[1] });
}

async function vaults() {
  const { client, server } = selfClient("vault ");
  /** @type {any} */
  const Vault = class extends TokenVault {
    client() {
      return client;
    }
  };
  const host = durableObject();
  const vault = new Vault(host.ctx, {});
  const text = () =>
    vault.accessToken().then(
      () => "",
      (/** @type {Error} */ error) => error.message,
    );
  const texts = [await text()];
  await vault.save(await client.exchangeCode("1000.code"));
  const saved = host.stored();
  time.now += 3600;
  server.next.push(() => new Response("down", { status: 503 }));
  texts.push(await text());
  time.now += 10;
  server.next.push(() => {
    throw new TypeError("connection refused");
  });
  texts.push(await text());
  const failed = host.stored();
  time.now += 60;
  server.next.push(errorResponse({ error: "Access Denied", error_description: "too many requests" }));
  texts.push(await text());
  const throttled = host.stored();
  time.now += 600;
  server.next.push(errorResponse({ error: "invalid_code" }));
  texts.push(await text());
  const rejected = host.stored();
  time.now = NOW;
  writeJson("durable-objects.json", { saved, failed, throttled, rejected });
  const errors = texts.map((text) => {
    const { name, message, cause, ...members } = vaultError(new Error(text));
    return { text, error: { ...members, message, ...(cause && { cause: cause.message }) } };
  });
  writeJson("vault-errors.json", errors);
}

async function attempts() {
  const pending = [];
  const cookies = [];
  for (const redirect_uri of ["https://app.example/callback", "http://127.0.0.1:8787/callback"]) {
    const client = new OAuthClient({ server: zoho(), ...WEB, redirect_uri, clock });
    const asked = { scope: SCOPE.split(" "), return_to: "/settings?tab=crm" };
    const request = await client.authorizationRequest(asked);
    const callback = `${redirect_uri}?state=${request.pending.state}&code=1000.code&location=eu&accounts-server=${encodeURIComponent("https://accounts.zoho.eu")}`;
    pending.push({ url: request.url, callback, pending: request.pending });

    const flow = webFlow(client, { sealer: sealer(KEY, { clock }), scope: SCOPE });
    const login = await flow.login(new Request(new URL("/login", redirect_uri)), { return_to: "/settings" });
    const state = new URL(String(login.headers.get("location"))).searchParams.get("state");
    cookies.push({
      set_cookie: login.headers.getSetCookie(),
      callback: callback.replace(request.pending.state, `${state}`),
    });
  }
  const client = new OAuthClient({
    server: {
      issuer: "https://as.example",
      authorization_endpoint: "https://as.example/authorize",
      token_endpoint: "https://as.example/token",
    },
    client_id: "plain",
    redirect_uri: "https://app.example/callback",
    clock,
  });
  const request = await client.authorizationRequest({ scope: "read" });
  pending.push({
    url: request.url,
    callback: `https://app.example/callback?state=${request.pending.state}&code=plain-code`,
    pending: request.pending,
  });
  writeJson("pending.json", pending);
  writeJson("cookies.json", cookies);
}

async function sealed() {
  const value = { text: "Grüße", list: [1, null, true] };
  const one = async (/** @type {string} */ key, /** @type {object} */ options) => ({
    key,
    value,
    sealed: await sealer(key, { clock }).seal(value, { purpose: PURPOSE, ...options }),
  });
  writeJson("sealed.json", [await one(KEY, {}), await one(SECOND_KEY, {}), await one(THIRD_KEY, { maxAge: 600 })]);
}

async function descriptors() {
  const fakes = { us: "http://127.0.0.1:9001", eu: "http://127.0.0.1:9002" };
  const servers = [
    ...["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"].map((location) => zoho({ location })),
    zoho(),
    zoho({ location: "eu", accountsServer: "https://accounts.example", apiDomain: "https://api.example" }),
    zoho({ location: "eu", accountsServer: fakes, apiDomain: fakes }),
    { profile: "github" },
  ];
  const lines = servers.map(async (server) => {
    const client = new OAuthClient({ server, ...WEB, redirect_uri: "https://app.example/callback", clock });
    const { url } = await client.authorizationRequest({ scope: "read" });
    const zohos = zohoServer();
    const bare = new OAuthClient({ server, ...WEB, redirect_uri: "https://app.example/callback", fetch: zohos.fetch });
    const accounts_server = new URL(url).origin;
    const earlier = { access_token: token("a"), token_type: "Bearer", refresh_token: token("r") };
    const tokens = server.profile === "zoho" ? { ...earlier, accounts_server } : earlier;
    await bare.refreshTokenGrant(tokens);
    return { server, authorization_endpoint: url.split("?")[0], token_endpoint: zohos.sent[0]?.url };
  });
  writeJson("descriptors.json", await Promise.all(lines));
}

/** Runs the command line. @param {Record<string, string>} env @param {string[]} args */
function cli(env, ...args) {
  const hook = fileURLToPath(new URL("./support/account.mjs", import.meta.url));
  const program = resolve(checkout ?? "", "pkg/cli/grantkit.js");
  const { PATH = "" } = process.env;
  const options = { cwd: scratch, env: { PATH, HOME: scratch, XDG_DATA_HOME: scratch, NO_COLOR: "1", ...env } };
  return execFileSync(process.execPath, ["--import", hook, program, ...args], { ...options, encoding: "utf8" });
}

async function commandLine() {
  const at = (/** @type {number} */ seconds) => ({ GRANTKIT_TEST_NOW: String(NOW + seconds) });
  const account = { ZOHO_LOCATION: "eu", ZOHO_CLIENT_ID: SELF.client_id, ZOHO_CLIENT_SECRET: SELF.client_secret };
  const code = ["--code", "1000.code"];
  const printed = {
    "self-client": cli({ ...at(0), ...account, GRANTKIT_TEST_PREFIX: "cli " }, "self-client", ...code, "--json"),
    status: cli(at(0), "status", "--json"),
    token: cli(at(0), "token", "--json"),
    print: cli({ ...at(0), ...account, GRANTKIT_TEST_PREFIX: "cli " }, "self-client", ...code, "--print", "env"),
  };
  const elsewhere = { ...account, ZOHO_CLIENT_SECRET_IN: "secret-of-india", GRANTKIT_TEST_PREFIX: "many " };
  cli({ ...at(0), ...elsewhere }, "self-client", ...code, "--profile", "many");
  cli({ ...at(0), ...account }, "self-client", ...code, "--profile", "no secret", "--no-save-secret");
  const origins = ["--accounts-server", "https://accounts.example", "--api-domain", "https://api.example"];
  cli({ ...at(0), ...account }, "self-client", ...code, "--profile", "origins", ...origins);
  // A login needs a browser; what it keeps of its client has two members more.
  const { saveClient } = await from("pkg/cli/src/clients-file.js");
  const file = join(scratch, "grantkit", "grants.json");
  const login = { ...WEB, location: "us", redirect_uri: "http://127.0.0.1:8765/callback", scope: SCOPE };
  await saveClient(fileStore(file), file, "login", login);
  cli(at(0), "self-client", "--fake");
  cli(
    at(60),
    "api",
    "POST",
    "/crm/v8/Leads",
    "-d",
    '{"data":[{"Last_Name":"Fixture","Company":"Stability"}]}',
    "--fake",
  );
  cli(at(3700), "token", "--fake");
  const folder = join(scratch, "grantkit");
  for (const name of ["grants.json", "grants.json.clients"]) write(`cli/${name}`, read(join(folder, name)));
  for (const name of ["fake-grants.json", "fake-grants.json.clients", "fake-grants.json.fake"]) {
    write(`cli/${name}`, read(join(folder, name)));
  }
  // Paths are the machine's.
  writeJson("cli/printed.json", JSON.parse(JSON.stringify(printed).replaceAll(scratch, "/home/ada")));
}

async function demo() {
  const { Vault } = await from("www/worker/vault.js");
  const { setSession } = await from("www/worker/session.js");
  const { configOf } = await from("www/worker/config.js");
  const { env } = await import("./support/demo.mjs");
  const server = zohoServer("demo ");
  globalThis.fetch = /** @type {any} */ (server.fetch);
  const tokens = {
    access_token: token("demo access"),
    token_type: "Bearer",
    refresh_token: token("demo refresh"),
    expires_at: NOW + 3600,
    scope: SCOPE,
    accounts_server: "https://accounts.zoho.eu",
    api_domain: "https://www.zohoapis.eu",
  };
  const host = durableObject();
  const vault = new Vault(host.ctx, env);
  await vault.adopt({ kind: "web", offset: 5000, tokens });
  await vault.record([
    { at: NOW * 1000, from: "browser", to: "worker", method: "GET", path: "/callback", status: 303, durationMs: 12 },
  ]);
  time.now += 3600;
  await vault.accessToken();
  const connected = host.stored();
  server.next.push(() => new Response("down", { status: 503 }));
  await vault.retire();
  const retired = host.stored();
  time.now = NOW;

  /** @type {string[]} */
  const cookies = [];
  /** @type {any} */
  const context = {
    get: () => configOf(env),
    set() {},
    header: (/** @type {string} */ _, /** @type {string} */ line) => cookies.push(line),
  };
  await setSession(context, { vault: "0123456789abcdef".repeat(3) }, "connected");
  writeJson("demo.json", { set_cookie: cookies, connected, retired });
}

await files();
await records();
await redis();
await vaults();
await attempts();
await sealed();
await descriptors();
await commandLine();
await demo();
rmSync(scratch, { recursive: true });
