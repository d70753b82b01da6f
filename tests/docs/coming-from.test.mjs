// docs/coming-from.md: the snippets of grantkit. tests/bench has the other packages, and runs their snippets.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { memoryStore, OAuthClient, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { snippetsOf } from "../support/snippets.mjs";

const { folder, snippet, noneIsLeftOut } = await snippetsOf("docs/coming-from.md");
const CLIENT = { client_id: "1000.DOCS", client_secret: "secret" };
const SCOPE = "ZohoCRM.modules.leads.READ";

/** A fake Zoho that replaces the global fetch. @param {import("node:test").TestContext} t @param {Partial<import("grantkit/testing").FakeClient>} registration */
async function zohoForFetch(t, registration) {
  const fake = await fakeZoho({ clients: [{ ...CLIENT, ...registration }] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  Object.assign(process.env, { ZOHO_CLIENT_ID: CLIENT.client_id, ZOHO_CLIENT_SECRET: CLIENT.client_secret });
  return fake;
}

test("the code that replaces Zoho's SDK reads companies", async (t) => {
  const fake = await zohoForFetch(t, { location: "eu" });
  process.env.ZOHO_CODE = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE });
  process.env.ZOHO_TOKENS = join(folder, "tokens.json");
  const { companies } = await snippet("From Zoho's SDK");
  assert.equal(companies.length, 200);
  assert.equal(companies[0], "Juniper Health");
});

test("the code that replaces arctic and simple-oauth2 logs a user in once", async (t) => {
  const fake = await zohoForFetch(t, { redirect_uris: ["https://app.example/callback"] });
  const { begin, end, accessToken, grantOf } = await snippet("From arctic");
  const [session, grant] = [{}, grantOf("ada", memoryStore())];
  const callback = fake.consent(await begin(session), { email: "emil@example.eu" });
  await end(callback, session, grant);
  assert.match(await accessToken(grant), /^1000\./);
  await assert.rejects(end(callback, session, grant), { code: "callback_mismatch" });
});

test("a refresh token of another library is imported", async (t) => {
  const fake = await zohoForFetch(t, { redirect_uris: ["https://app.example/callback"] });
  const client = new OAuthClient({ server: zoho(), ...CLIENT, redirect_uri: "https://app.example/callback" });
  const { url, pending } = await client.authorizationRequest({ scope: SCOPE });
  const tokens = await client.authorizationCodeGrant(fake.consent(url, { email: "emil@example.eu" }), pending);
  const { importRefreshToken } = await snippet("Migrate existing tokens");
  const store = memoryStore();
  await importRefreshToken("emil", tokens.refresh_token, tokens.accounts_server, store);
  const record = await store.load("emil");
  assert.equal(record?.tokens.refresh_token, tokens.refresh_token);
  assert.equal(record?.tokens.api_domain, "https://www.zohoapis.eu");
});

test("every snippet is run", noneIsLeftOut);
