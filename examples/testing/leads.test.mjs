// Tests of an application against a fake Zoho: consent, expiry, failures and revocation, without a network and without
// waiting.
//
//   node --test examples/testing/leads.test.mjs

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { memoryStore } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { zohoLeads } from "./leads.mjs";

const REGISTRATION = { client_id: "1000.TEST", client_secret: "secret", redirect_uri: "https://app.example/callback" };
const START = 1_767_603_600;
const HOUR = 3600;

/** @type {import("grantkit/testing").FakeZoho} */
let fake;
/** @type {ReturnType<typeof zohoLeads>} */
let leads;
let now = START;

beforeEach(async () => {
  now = START;
  const { redirect_uri, ...client } = REGISTRATION;
  fake = await fakeZoho({
    clients: [{ ...client, redirect_uris: [redirect_uri] }],
    users: [
      { email: "ada@example.com", location: "us" },
      { email: "emil@example.eu", location: "eu" },
    ],
    now,
  });
  leads = zohoLeads(REGISTRATION, memoryStore(), { fetch: fake.fetch, clock: () => now * 1000 });
});

/** Advances the clocks of the application and of the fake. @param {number} seconds */
function advance(seconds) {
  now += seconds;
  fake.advance(seconds);
}

/** @param {string} email */
async function connect(email) {
  const { url, pending } = await leads.startLogin();
  await leads.finishLogin(email, fake.consent(url, { email }), pending);
}

/** The number of token requests with a grant type. @param {string} grant_type */
const tokenRequests = (grant_type) => fake.log.filter((request) => request.grant_type === grant_type).length;

test("each user sees their own leads, from their own data centre", async () => {
  await connect("ada@example.com");
  await connect("emil@example.eu");
  const ada = await leads.newest("ada@example.com");
  const emil = await leads.newest("emil@example.eu");
  assert.ok("companies" in ada && ada.companies.length === 3);
  assert.notDeepEqual(emil, ada);
  assert.equal(fake.log.at(-1)?.host, "www.zohoapis.eu");
});

test("a user who denies consent is not connected", async () => {
  const { url, pending } = await leads.startLogin();
  const callback = fake.consent(url, { email: "ada@example.com", deny: true });
  await assert.rejects(leads.finishLogin("ada@example.com", callback, pending), { code: "authorization_response" });
  assert.deepEqual(await leads.newest("ada@example.com"), { next: "connect" });
});

test("an expired token is refreshed once for all callers", async () => {
  await connect("ada@example.com");
  const before = await leads.newest("ada@example.com");
  advance(HOUR);
  const results = await Promise.all([1, 2, 3].map(() => leads.newest("ada@example.com")));
  assert.deepEqual(results, [before, before, before]);
  assert.equal(tokenRequests("refresh_token"), 1);
});

test("while Zoho fails the user waits, and no token is lost", async () => {
  await connect("ada@example.com");
  const before = await leads.newest("ada@example.com");
  advance(HOUR);
  for (const failure of /** @type {const} */ (["http_500_html", "reset", "throttle"])) {
    fake.fail("token", failure);
    const result = await leads.newest("ada@example.com");
    assert.equal("next" in result && result.next, "wait", failure);
  }
  advance(HOUR);
  assert.deepEqual(await leads.newest("ada@example.com"), before);
});

test("while the CRM is busy the user waits", async () => {
  await connect("ada@example.com");
  fake.fail("api", "too_many_requests");
  assert.deepEqual(await leads.newest("ada@example.com"), { next: "wait", seconds: 60 });
});

test("a user who revoked the grant is asked to connect again", async () => {
  await connect("ada@example.com");
  fake.revokeAll();
  assert.deepEqual(await leads.newest("ada@example.com"), { next: "connect" });
  await connect("ada@example.com");
  assert.ok("companies" in (await leads.newest("ada@example.com")));
});
