// The README: every snippet runs against a fake Zoho without a network, and every table agrees with the code.
// tests/docs/ checks its commands and links.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { OAuthClient, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { startExample } from "./js/cloudflare/support/example.mjs";
import { CLIENT as WORLD } from "./scenario/setup.mjs";
import { ENTRIES, MODULES } from "./structure/entries.mjs";
import { firstColumn } from "./support/markdown.mjs";
import { snippetsOf } from "./support/snippets.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");

const { text: README, folder, codeOf, snippet, noneIsLeftOut } = await snippetsOf("README.md");
const SCOPE = "ZohoCRM.modules.leads.READ";
const REDIRECT_URI = "https://app.example/callback";
const CLIENT = { client_id: "1000.README", client_secret: "secret-of-the-readme" };
const SELF_CLIENT = /** @type {const} */ ({ client_id: "1000.README-SELF", client_secret: "another", location: "eu" });

/** A fake Zoho that replaces the global fetch. @param {import("node:test").TestContext} t */
async function zohoForFetch(t) {
  const fake = await fakeZoho({ clients: [{ ...CLIENT, redirect_uris: [REDIRECT_URI] }, SELF_CLIENT] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  return fake;
}

test("the Self Client job exchanges its code and reads records; a second run needs no code", async (t) => {
  const fake = await zohoForFetch(t);
  const { client_id, client_secret } = SELF_CLIENT;
  const ZOHO_CODE = fake.selfClientCode({ client_id, scope: SCOPE });
  const ZOHO_TOKENS = join(folder, "tokens.json");
  Object.assign(process.env, { ZOHO_CLIENT_ID: client_id, ZOHO_CLIENT_SECRET: client_secret, ZOHO_CODE, ZOHO_TOKENS });
  const printed = t.mock.method(console, "log", () => {});
  await snippet("A job with a Self Client");
  delete process.env.ZOHO_CODE;
  await snippet("A job with a Self Client");
  const companies = printed.mock.calls.map((call) => /** @type {any} */ (call.arguments[0]).data[0].Company);
  assert.deepEqual(companies, ["Juniper Health", "Juniper Health"]);
  const asked = fake.log.map(({ host, path, grant_type, status }) => [host, path, grant_type, status]);
  assert.deepEqual(asked, [
    ["accounts.zoho.eu", "/oauth/v2/token", "authorization_code", 200],
    ["www.zohoapis.eu", "/crm/v8/Leads", undefined, 200],
    ["www.zohoapis.eu", "/crm/v8/Leads", undefined, 200],
  ]);
});

test("the Worker gets a token from its vault and reads records", async (t) => {
  const title = "A Cloudflare Worker";
  const bindings = { ZOHO_CLIENT_ID: WORLD.client_id, ZOHO_CLIENT_SECRET: WORLD.client_secret.eu };
  const { fetch, connect, requests } = await startExample(t, codeOf(title), bindings);
  await connect("acme", "eu");
  const { data } = await (await fetch()).json();
  assert.equal(data[0].Company, "Ember Ceramics");
  assert.deepEqual(requests(), ["authorization_code", "refresh_token", "/crm/v8/Leads"]);
});

test("the web flow exchanges the code at the user's data centre and redirects to return_to", async (t) => {
  const fake = await zohoForFetch(t);
  const SESSION_KEYS = Buffer.alloc(32, 7).toString("base64url");
  const { client_id: ZOHO_CLIENT_ID, client_secret: ZOHO_CLIENT_SECRET } = CLIENT;
  Object.assign(process.env, { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, SESSION_KEYS });
  const { handle } = await snippet("A web application");
  /** @type {import("grantkit").TokenSet[]} */
  const saved = [];
  const saveTokens = (/** @type {import("grantkit").TokenSet} */ tokens) => saved.push(tokens);

  const redirect = await handle(new Request("https://app.example/login"), saveTokens);
  assert.equal(redirect.status, 303);
  const [cookie = ""] = redirect.headers.getSetCookie();
  assert.match(cookie, /^__Host-[^;]+; .*HttpOnly/);
  const returned = fake.consent(redirect.headers.get("location"), { email: "indira@example.in" });
  const request = new Request(returned, { headers: { cookie: cookie.split(";")[0] ?? "" } });
  const response = await handle(request, saveTokens);
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/"]);
  const granted = saved.map(({ accounts_server, scope }) => [accounts_server, scope]);
  assert.deepEqual(granted, [["https://accounts.zoho.in", SCOPE]]);
  await assert.rejects(handle(new Request(returned), saveTokens), { code: "callback_mismatch" });
});

test("a second consent brings a refresh token only with prompt=consent", async () => {
  const fake = await fakeZoho();
  const client = new OAuthClient({
    server: zoho(),
    client_id: "1000.GRANTKITFAKECLIENT0000000000001",
    client_secret: "fake0secret0of0the0default0client",
    redirect_uri: REDIRECT_URI,
    fetch: fake.fetch,
  });
  const connect = async (/** @type {Record<string, string>} */ parameters) => {
    const { url, pending } = await client.authorizationRequest({ scope: SCOPE, parameters });
    return client.authorizationCodeGrant(fake.consent(url), pending);
  };
  const first = await connect({});
  await assert.rejects(connect({}), { name: "OAuthError", code: "refresh_token_missing" });
  const again = await connect({ prompt: "consent" });
  assert.ok(again.refresh_token && again.refresh_token !== first.refresh_token);
});

test("authorization requests to other servers use their endpoints, PKCE and a state", async () => {
  process.env.GITHUB_CLIENT_SECRET = "secret-of-github";
  const exported = await snippet("Other servers");
  for (const [name, endpoint] of [
    ["plain", "https://as.example/authorize"],
    ["github", "https://github.com/login/oauth/authorize"],
  ]) {
    const { url } = await exported[name ?? ""].authorizationRequest({ scope: "repo" });
    const { origin, pathname, searchParams } = new URL(url);
    assert.equal(origin + pathname, endpoint);
    assert.equal(searchParams.get("code_challenge_method"), "S256");
    assert.match(searchParams.get("state") ?? "", /^[\w-]{43}$/);
  }
});

test("only a dead refresh token makes refreshed() return undefined", async (t) => {
  const fake = await zohoForFetch(t);
  const { refreshed } = await snippet("Errors");
  const { location, ...registered } = SELF_CLIENT;
  const client = new OAuthClient({ server: zoho({ location }), ...registered });
  const tokens = await client.exchangeCode(fake.selfClientCode({ client_id: registered.client_id, scope: SCOPE }));
  const fresh = await refreshed(client, tokens);
  assert.equal(fresh.refresh_token, tokens.refresh_token);
  fake.fail("token", "http_500_html");
  await assert.rejects(refreshed(client, tokens), { code: "unexpected_response", retryable: true });
  fake.revokeAll();
  assert.equal(await refreshed(client, tokens), undefined);
});

test("the fake issues tokens without a network", async (t) => {
  t.mock.method(globalThis, "fetch", () => assert.fail("the network was used"));
  const { tokens } = await snippet("Testing your application");
  assert.equal(tokens.accounts_server, "https://accounts.zoho.eu");
  assert.equal(tokens.scope, "ZohoCRM.modules.ALL");
});

test("every snippet is run", noneIsLeftOut);

test("the table of errors lists the codes of the declarations", async () => {
  const declarations = await read("pkg/index.d.ts");
  const [, union = ""] = /type OAuthErrorCode =(.*?);/s.exec(declarations.replaceAll(/\/\/.*/g, "")) ?? [];
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 10);
  assert.deepEqual(firstColumn(README, "`code`"), codes);
});

test("the data centres and the size limits agree with the code", async () => {
  const [, union = ""] = /type ZohoLocation = (.*?);/.exec(await read("pkg/index.d.ts")) ?? [];
  const locations = [...union.matchAll(/"(\w+)"/g)].map(([, location]) => `\`${location}\``);
  assert.ok(README.includes(`${locations.slice(0, -1).join(", ")} or ${locations.at(-1)}.`), locations.join());
  const [module, scripts] = [MODULES["grantkit_bg.wasm"], ENTRIES["."]?.limit].map((limit) =>
    limit?.toLocaleString("en"),
  );
  assert.ok(README.includes(`${module} bytes for the WebAssembly module and ${scripts} for its minified scripts`));
});

test("every entry that the README names is exported", async () => {
  const { exports } = JSON.parse(await read("pkg/package.json"));
  const named = [...README.matchAll(/["`]grantkit(\/\w+(?:\/\w+)?)["`]/g)].map(([, path]) => `.${path}`);
  assert.deepEqual([...new Set(named)].sort(), [
    "./cloudflare",
    "./inline",
    "./node",
    "./redis",
    "./testing",
    "./testing/inline",
    "./web",
  ]);
  for (const path of named) assert.ok(exports[path], path);
});
