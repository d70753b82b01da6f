// docs/coming-from.md: grantkit's side of each comparison. The other sides are run in tests/bench, where their packages are.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { memoryStore, OAuthClient, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { snippetsOf } from "../support/snippets.mjs";

const { folder, snippet, noneIsLeftOut } = await snippetsOf("docs/coming-from.md");
const CLIENT = { client_id: "1000.DOCS", client_secret: "secret" };
const SCOPE = "ZohoCRM.modules.leads.READ";

/** A fake that answers every fetch. @param {import("node:test").TestContext} t @param {Partial<import("grantkit/testing").FakeClient>} registration */
async function zohoForFetch(t, registration) {
  const fake = await fakeZoho({ clients: [{ ...CLIENT, ...registration }] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  Object.assign(process.env, { ZOHO_CLIENT_ID: CLIENT.client_id, ZOHO_CLIENT_SECRET: CLIENT.client_secret });
  return fake;
}

test("in place of Zoho's SDK", async (t) => {
  const fake = await zohoForFetch(t, { location: "eu" });
  process.env.ZOHO_CODE = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE });
  process.env.ZOHO_TOKENS = join(folder, "tokens.json");
  const { companies } = await snippet("From Zoho's SDK");
  assert.equal(companies.length, 200);
  assert.equal(companies[0], "Juniper Health");
});

test("in place of arctic and of simple-oauth2", async (t) => {
  const fake = await zohoForFetch(t, { redirect_uris: ["https://app.example/callback"] });
  const { begin, end, accessToken, grantOf } = await snippet("From arctic");
  const [session, grant] = [{}, grantOf("ada", memoryStore())];
  const callback = fake.consent(await begin(session), { email: "emil@example.eu" });
  await end(callback, session, grant);
  assert.match(await accessToken(grant), /^1000\./);
  await assert.rejects(end(callback, session, grant), { code: "callback_mismatch" });
});

test("a refresh token that another library kept is taken over", async (t) => {
  const fake = await zohoForFetch(t, { redirect_uris: ["https://app.example/callback"] });
  const client = new OAuthClient({ server: zoho(), ...CLIENT, redirect_uri: "https://app.example/callback" });
  const { url, pending } = await client.authorizationRequest({ scope: SCOPE });
  const kept = await client.authorizationCodeGrant(fake.consent(url, { email: "emil@example.eu" }), pending);
  const { adopt } = await snippet("Tokens that you have");
  const store = memoryStore();
  await adopt("emil", kept.refresh_token, kept.accounts_server, store);
  const record = await store.load("emil");
  assert.equal(record?.tokens.refresh_token, kept.refresh_token);
  assert.equal(record?.tokens.api_domain, "https://www.zohoapis.eu");
});

test("no snippet is left out", noneIsLeftOut);
