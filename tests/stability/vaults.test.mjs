// Durable Objects as commit 179b6fa stored them, the errors that such a vault sends, and what the demo keeps.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { OAuthClient, zoho } from "grantkit";
import { env } from "./support/demo.mjs";
import { durableObject } from "./support/durable-object.mjs";
import { holdStill, NOW, time } from "./support/fixed.mjs";
import { fixture } from "./support/fixtures.mjs";
import { SELF, WEB } from "./support/settings.mjs";
import { SCOPE, token, zohoServer } from "./support/zoho.mjs";

holdStill();
// After the hook that knows cloudflare:workers.
const { TokenVault, vaultError } = await import("grantkit/cloudflare");
const { Vault } = await import("../../www/worker/vault.js");
const { findSession } = await import("../../www/worker/session.js");
const { configOf } = await import("../../www/worker/config.js");

beforeEach(() => {
  time.now = NOW;
});

const OBJECTS = fixture("durable-objects.json");
const REFRESH_TOKEN = token("vault refresh");
const ABOUT = { scope: SCOPE, accounts_server: "https://accounts.zoho.eu", api_domain: "https://www.zohoapis.eu" };

/** A vault over what one stored, at a time after it took its grant. @param {string} name @param {number} seconds */
function vaultAt(name, seconds) {
  time.now = NOW + seconds;
  const server = zohoServer("today ");
  const client = new OAuthClient({ server: zoho({ location: "eu" }), ...SELF, fetch: server.fetch });
  /** @type {any} */
  const Own = class extends TokenVault {
    client() {
      return client;
    }
  };
  const host = durableObject(OBJECTS[name]);
  return { server, host, vault: new Own(host.ctx, {}) };
}

/** @param {ReturnType<typeof vaultAt>} opened */
async function refreshes({ vault, server, host }) {
  const { access_token } = await vault.accessToken();
  assert.equal(access_token, token("today access 1"));
  assert.deepEqual(
    server.sent.map(({ form }) => form.refresh_token),
    [REFRESH_TOKEN],
  );
  const { entries } = host.stored();
  assert.equal(/** @type {any} */ (entries["grantkit:default"]).tokens.access_token, access_token);
}

/** What a call to a vault rejects with, as its caller reads it. @param {Promise<unknown>} call */
const failureOf = (call) =>
  call.then(
    () => assert.fail("it resolved"),
    (error) => vaultError(error) ?? assert.fail(String(error)),
  );

test("a vault hands out the stored token, refreshes it when its alarm rings, and later", async () => {
  const { vault, server } = vaultAt("saved", 0);
  const expires_at = NOW + 3600;
  assert.deepEqual(await vault.accessToken(), { access_token: token("vault access 1"), expires_at, ...ABOUT });
  assert.deepEqual(await vault.status(), { connected: true, expires_at, ...ABOUT, requests_left: 10 });
  assert.equal(server.sent.length, 0);

  const ringing = vaultAt("saved", OBJECTS.saved.alarm / 1000 - NOW);
  await ringing.vault.alarm();
  assert.deepEqual(
    ringing.server.sent.map(({ form }) => form.refresh_token),
    [REFRESH_TOKEN],
  );
  await refreshes(vaultAt("saved", 3600));
});

test("a vault whose refreshes failed rejects with the failure, and sends nothing before retry_at", async () => {
  const { vault, server } = vaultAt("failed", 3615);
  const { failure, retry_at, requests_left } = await vault.status();
  assert.deepEqual(
    { failure, retry_at, requests_left },
    { failure: "network", retry_at: NOW + 3621, requests_left: 8 },
  );
  const { code, retryable, retryAfter, cause } = await failureOf(vault.accessToken());
  assert.deepEqual([code, retryable, retryAfter], ["network", true, 6]);
  assert.equal(/** @type {Error} */ (cause).message, "connection refused");
  assert.equal(server.sent.length, 0);
  await refreshes(vaultAt("failed", 3621));
});

test("the third failure in a row waits longer than the second", async () => {
  const { vault, server, host } = vaultAt("failed", 3621);
  server.next.push(() => new Response("down", { status: 503 }));
  assert.equal((await failureOf(vault.accessToken())).code, "unexpected_response");
  const { backoff } = /** @type {any} */ (host.stored().entries["grantkit:default"]);
  assert.deepEqual([backoff.failures, backoff.until], [3, NOW + 3621 + 21]);
});

test("a throttled vault sends nothing before retry_at", async () => {
  const { vault, server } = vaultAt("throttled", 3670);
  const { failure, retry_at } = await vault.status();
  assert.deepEqual([failure, retry_at], ["throttled", NOW + 4270]);
  assert.equal((await failureOf(vault.accessToken())).code, "throttled");
  assert.equal(server.sent.length, 0);
  await refreshes(vaultAt("throttled", 4270));
});

test("a vault whose refresh token was rejected sends nothing", async () => {
  const { vault, server } = vaultAt("rejected", 4300);
  const { connected, failure } = await vault.status();
  assert.deepEqual([connected, failure], [false, "reauthorization_required"]);
  assert.equal((await failureOf(vault.accessToken())).code, "reauthorization_required");
  assert.equal(server.sent.length, 0);
});

test("vaultError restores the errors of that commit's vault", () => {
  /** @type {{ text: string, error: Record<string, any> }[]} */
  const errors = fixture("vault-errors.json");
  assert.deepEqual(
    errors.map(({ error }) => error.code),
    ["reauthorization_required", "unexpected_response", "network", "throttled", "reauthorization_required"],
  );
  for (const { text, error } of errors) {
    // A runtime may put the name in front.
    for (const sent of [text, `OAuthError: ${text}`]) {
      const { message, cause, ...members } = vaultError(new Error(sent)) ?? assert.fail(sent);
      assert.deepEqual({ ...members, message, ...(cause instanceof Error && { cause: cause.message }) }, error);
    }
  }
});

const DEMO = fixture("demo.json");

/** The demo's vault. @param {"connected" | "retired"} name @param {number} seconds @param {import("node:test").TestContext} t */
function demoAt(name, seconds, t) {
  time.now = NOW + seconds;
  const server = zohoServer("today ");
  t.mock.method(globalThis, "fetch", server.fetch);
  const host = durableObject(DEMO[name]);
  return { server, host, vault: new Vault(host.ctx, env) };
}

test("the demo's vault goes on with its grant, its client, its clock and its events", async (t) => {
  const { vault, server } = demoAt("connected", 3600, t);
  assert.equal((await vault.accessToken()).access_token, token("demo access 1"));
  assert.equal(server.sent.length, 0);
  // A browser that saw the first event is sent the second.
  const request = new Request("https://demo.example/", { headers: { "last-event-id": "1" } });
  const { body } = await vault.fetch(request);
  const stream = body.getReader();
  const { value } = await stream.read();
  await stream.cancel();
  const [retry, event, ...rest] = new TextDecoder().decode(value).trim().split("\n\n");
  assert.deepEqual([retry, rest], ["retry: 500", []]);
  const { events } = DEMO.connected;
  const second = { id: 2, ...JSON.parse(events[1].event) };
  assert.equal(event, `id: 2\ndata: ${JSON.stringify(second)}`);

  const later = demoAt("connected", 7200, t);
  assert.equal((await later.vault.accessToken()).access_token, token("today access 1"));
  const [{ form } = assert.fail("nothing was sent")] = later.server.sent;
  assert.deepEqual([form.client_id, form.refresh_token], [WEB.client_id, token("demo refresh")]);
  const stored = later.host.stored();
  // Its clock is five seconds ahead.
  assert.deepEqual(/** @type {any} */ (stored.entries["grantkit:default"]).requests, [NOW + 7205]);
  assert.equal(stored.events?.length, events.length + 1);
});

test("the demo's vault ends when its session was to", async (t) => {
  const { vault, server, host } = demoAt("connected", DEMO.connected.entries.until / 1000 - NOW, t);
  await vault.alarm();
  assert.deepEqual(
    server.sent.map(({ form }) => form.token),
    [token("demo refresh")],
  );
  assert.deepEqual(host.stored(), { entries: {}, alarm: null });
});

test("a grant that the demo could not revoke is revoked when its alarm rings", async (t) => {
  const { vault, server, host } = demoAt("retired", DEMO.retired.alarm / 1000 - NOW, t);
  await vault.alarm();
  assert.deepEqual(
    server.sent.map(({ form }) => form.token),
    [token("demo refresh")],
  );
  assert.deepEqual(host.stored(), { entries: {}, alarm: null });
});

test("the cookie of the demo's session opens", async () => {
  const [cookie] = DEMO.set_cookie[0].split(";");
  /** @type {any} */
  const context = {
    get: () => configOf(env),
    req: { raw: new Request("https://demo.example/", { headers: { cookie } }) },
  };
  assert.deepEqual(await findSession(context), { vault: "0123456789abcdef".repeat(3) });
});
