// docs/zoho.md: its snippets run, and its tables agree with the code and the fake.

import assert from "node:assert/strict";
import test from "node:test";
import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { rows } from "../support/markdown.mjs";
import { snippetsOf } from "../support/snippets.mjs";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

const { text, snippet, noneIsLeftOut } = await snippetsOf("docs/zoho.md");
const SCOPE = "ZohoCRM.modules.leads.READ";
const REDIRECT_URI = "https://app.example/callback";

test("the code of a Self Client is exchanged", async (t) => {
  const client = { client_id: "1000.DOCS", client_secret: "secret" };
  const fake = await fakeZoho({ clients: [{ ...client, location: "eu" }] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  const ZOHO_CODE = fake.selfClientCode({ client_id: client.client_id, scope: SCOPE });
  Object.assign(process.env, { ZOHO_CLIENT_ID: client.client_id, ZOHO_CLIENT_SECRET: client.client_secret, ZOHO_CODE });
  const { tokens } = await snippet("Self Client, step by step");
  assert.deepEqual([tokens.accounts_server, tokens.scope], ["https://accounts.zoho.eu", SCOPE]);
});

test("the code of a user is exchanged at their data centre with its secret, and each consent brings a refresh token", async (t) => {
  const client_secret = { us: "secret-us", eu: "secret-eu" };
  const fake = await fakeZoho({ clients: [{ client_id: "1000.WEB", client_secret, redirect_uris: [REDIRECT_URI] }] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  const { us, eu } = client_secret;
  Object.assign(process.env, { ZOHO_CLIENT_ID: "1000.WEB", ZOHO_SECRET_US: us, ZOHO_SECRET_EU: eu });
  const { client, begin } = await snippet("Web application");
  for (const time of [1, 2]) {
    const { url, pending } = await begin();
    const tokens = await client.authorizationCodeGrant(fake.consent(url, { email: "emil@example.eu" }), pending);
    assert.equal(tokens.accounts_server, "https://accounts.zoho.eu");
    assert.ok(tokens.refresh_token, `${time}`);
  }
});

test("the data centres are those of the code", async () => {
  const table = rows(text, "`location`");
  assert.equal(table.length, 10);
  const fake = await fakeZoho();
  const [client_id, client_secret] = ["1000.GRANTKITFAKECLIENT0000000000001", "fake0secret0of0the0default0client"];
  for (const [name, accounts, api] of table) {
    const location = /** @type {ZohoLocation} */ (name);
    const client = new OAuthClient({ server: zoho({ location }), client_id, client_secret, fetch: fake.fetch });
    const tokens = await client.exchangeCode(fake.selfClientCode({ client_id, scope: SCOPE, location }));
    assert.deepEqual([tokens.accounts_server, tokens.api_domain], [`https://${accounts}`, `https://${api}`]);
  }
});

test("the limits are those of the fake", () => {
  const limits = new Map(rows(text, "What").map(([what = "", limit = ""]) => [what, limit]));
  assert.match(limits.get("Access tokens from one refresh token") ?? "", /^10 in 10 minutes/);
  assert.match(limits.get("Refresh tokens") ?? "", /^20 for each user and client/);
  assert.match(limits.get("Codes") ?? "", /^10 in 10 minutes for a client$/);
});

/** A fake with one grant, and the requests of each kind. */
async function grant() {
  const registered = { client_id: "1000.ERRORS", client_secret: "secret" };
  const fake = await fakeZoho({ clients: [registered] });
  let now = 1_767_603_600;
  const client = new OAuthClient({ server: zoho(), ...registered, fetch: fake.fetch, clock: () => now * 1000 });
  const manager = new TokenManager(client, memoryStore());
  const code = () => fake.selfClientCode({ client_id: registered.client_id, scope: SCOPE });
  await manager.save(await client.exchangeCode(code()));
  return {
    fake,
    Exchange: () => client.exchangeCode(code()),
    Refresh() {
      now += 3600;
      fake.advance(3600);
      return manager.accessToken();
    },
    API: () => manager.fetch("/crm/v8/Leads?fields=Company"),
  };
}

/** The failure that makes the fake send each error. @type {Record<string, import("grantkit/testing").FakeFailure>} */
const FAILURES = {
  invalid_client: "invalid_client",
  invalid_client_secret: "invalid_client_secret",
  invalid_code: "invalid_code",
  "Access Denied": "throttle_localised",
  general_error: "general_error",
  INVALID_TOKEN: "invalid_token",
  AUTHENTICATION_FAILURE: "authentication_failure",
  OAUTH_SCOPE_MISMATCH: "oauth_scope_mismatch",
  NO_PERMISSION: "no_permission",
  TOO_MANY_REQUESTS: "too_many_requests",
};

/** The fake cannot send these; tests/vectors covers them. */
const IN_VECTORS = ["invalid_redirect_uri"];

for (const [error = "", endpoints = "", code = ""] of rows(text, "Zoho sends")) {
  if (IN_VECTORS.includes(error)) continue;
  for (const endpoint of /** @type {("Exchange" | "Refresh" | "API")[]} */ (
    endpoints.replace("refresh", "Refresh").split(", ")
  )) {
    test(`${endpoint}: ${error} is ${code}`, async () => {
      const requests = await grant();
      requests.fake.fail(endpoint === "API" ? "api" : "token", FAILURES[error] ?? error);
      if (!code.startsWith("none")) return assert.rejects(requests[endpoint](), { code });
      const { status } = /** @type {Response} */ (await requests[endpoint]());
      const refreshes = requests.fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length;
      if (code.includes("one refresh")) assert.deepEqual([status, refreshes], [200, 1]);
      else assert.deepEqual([status >= 400, refreshes], [true, 0]);
    });
  }
}

test("every snippet is run", noneIsLeftOut);
