// How an application is tested against a Zoho of its own: consent, expiry, failures, revocation, with no network and no
// waiting.
//
//   node --test examples/own-app/leads.test.mjs

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

/** Time passes, here and there. @param {number} seconds */
function pass(seconds) {
  now += seconds;
  fake.advance(seconds);
}

/** @param {string} email */
async function connect(email) {
  const { url, pending } = await leads.connect();
  await leads.connected(email, fake.consent(url, { email }), pending);
}

/** How often tokens were asked for. @param {string} grant_type */
const requests = (grant_type) => fake.log.filter((request) => request.grant_type === grant_type).length;

test("each user sees their own leads, from their own data centre", async () => {
  await connect("ada@example.com");
  await connect("emil@example.eu");
  const ada = await leads.newest("ada@example.com");
  const emil = await leads.newest("emil@example.eu");
  assert.ok("companies" in ada && ada.companies.length === 3);
  assert.notDeepEqual(emil, ada);
  assert.equal(fake.log.at(-1)?.host, "www.zohoapis.eu");
});

test("a user who refuses is not connected", async () => {
  const { url, pending } = await leads.connect();
  const callback = fake.consent(url, { email: "ada@example.com", deny: true });
  await assert.rejects(leads.connected("ada@example.com", callback, pending), { code: "authorization_response" });
  assert.deepEqual(await leads.newest("ada@example.com"), { next: "connect" });
});

test("an hour later the token is renewed, once for all who ask", async () => {
  await connect("ada@example.com");
  const before = await leads.newest("ada@example.com");
  pass(HOUR);
  const answers = await Promise.all([1, 2, 3].map(() => leads.newest("ada@example.com")));
  assert.deepEqual(answers, [before, before, before]);
  assert.equal(requests("refresh_token"), 1);
});

test("a Zoho that fails is waited for, and nothing is lost", async () => {
  await connect("ada@example.com");
  const before = await leads.newest("ada@example.com");
  pass(HOUR);
  for (const failure of /** @type {const} */ (["http_500_html", "reset", "throttle"])) {
    fake.fail("token", failure);
    const answer = await leads.newest("ada@example.com");
    assert.equal("next" in answer && answer.next, "wait", failure);
  }
  pass(HOUR);
  assert.deepEqual(await leads.newest("ada@example.com"), before);
});

test("a busy CRM is waited for", async () => {
  await connect("ada@example.com");
  fake.fail("api", "too_many_requests");
  assert.deepEqual(await leads.newest("ada@example.com"), { next: "wait", seconds: 60 });
});

test("a user who takes the grant back is asked to connect again", async () => {
  await connect("ada@example.com");
  fake.revokeAll();
  assert.deepEqual(await leads.newest("ada@example.com"), { next: "connect" });
  await connect("ada@example.com");
  assert.ok("companies" in (await leads.newest("ada@example.com")));
});
