// The trace events of each request, in order, by the caller's clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flushTasks, NOW, plainClient, TOKENS, tokenResponse } from "./support/plain.mjs";

/**
 * A client whose clock advances by 5 ms at each reading, and its trace events.
 *
 * @param {(url: string, init: RequestInit) => unknown} fetch
 * @param {Partial<import("grantkit").ClientConfig>} [changes]
 */
function traced(fetch, changes) {
  /** @type {import("grantkit").TraceEvent[]} */
  const events = [];
  let now = NOW * 1000;
  const clock = () => {
    now += 5;
    return now;
  };
  /** Ids count up within a process; here they count from 1. @type {number[]} */
  const ids = [];
  /** @param {import("grantkit").TraceEvent} event */
  const trace = (event) => {
    if (!ids.includes(event.id)) ids.push(event.id);
    events.push({ ...event, id: ids.indexOf(event.id) + 1 });
  };
  return { events, client: plainClient(fetch, { clock, trace, ...changes }) };
}

const AUTHORIZE = "https://as.example/authorize";
const TOKEN = "https://as.example/token";
const REVOKE = "https://as.example/revoke";
const CALLBACK = "https://app.example/cb";
const FETCH = { phase: "fetching", effect: "fetch" };

test("the web flow", async () => {
  const { client, events } = traced(() => tokenResponse());
  const { pending } = await client.authorizationRequest({ scope: "a", return_to: "/secret?path" });
  await client.authorizationCodeGrant(`${CALLBACK}?code=the-code&state=${pending.state}`, pending);
  assert.deepEqual(events, [
    { id: 1, step: "authorize", url: AUTHORIZE },
    { id: 2, step: "callback", url: CALLBACK },
    // The clock is read when the request starts, which the lifetime counts from, and when it ends.
    { id: 2, ...FETCH, step: "token", grant_type: "authorization_code", url: TOKEN, status: 200, durationMs: 5 },
  ]);
});

test("refresh and revocation, successful and failed", async () => {
  const { client, events } = traced((url) => {
    if (url === REVOKE) return new Response(null, { status: 503 });
    return events.length === 0 ? tokenResponse() : Response.json({ error: "invalid_grant" }, { status: 400 });
  });
  await client.refreshTokenGrant(TOKENS);
  await client.refreshTokenGrant(TOKENS).catch(() => {});
  await client.revoke(TOKENS).catch(() => {});
  const refresh = { ...FETCH, step: "token", grant_type: "refresh_token", url: TOKEN };
  assert.deepEqual(events, [
    { id: 1, ...refresh, status: 200, durationMs: 5 },
    { id: 2, ...refresh, status: 400, durationMs: 5, code: "reauthorization_required" },
    { id: 3, ...FETCH, step: "revoke", url: REVOKE, status: 503, durationMs: 5, code: "unexpected_response" },
  ]);
});

test("a request without a response has no status", async () => {
  const failing = traced(() => Promise.reject(new Error("no")));
  await failing.client.exchangeCode("a").catch(() => {});
  const token = { id: 1, ...FETCH, step: "token", grant_type: "authorization_code", url: TOKEN };
  assert.deepEqual(failing.events, [{ ...token, durationMs: 5, code: "network" }]);

  const stalled = traced(() => new Promise(() => {}));
  await stalled.client.exchangeCode("a", { signal: AbortSignal.abort() }).catch(() => {});
  assert.deepEqual(stalled.events, [{ ...token, durationMs: 5, code: "aborted" }]);

  const large = traced(() => new Response(Buffer.alloc(256 * 1024 + 1)));
  await large.client.exchangeCode("a").catch(() => {});
  assert.deepEqual(large.events, [{ ...token, durationMs: 5, code: "malformed_response" }]);
});

test("each request of a revocation is an event", async () => {
  const server = { profile: "zoho" };
  const replies = [Response.json({ error: "invalid_token" }, { status: 400 }), Response.json({ status: "success" })];
  const { client, events } = traced(() => replies.shift(), { server });
  await client.revoke(TOKENS);
  const at = "https://accounts.zoho.com/oauth/v2";
  assert.deepEqual(events, [
    { id: 1, ...FETCH, step: "revoke", url: `${at}/revoke/token`, status: 400, durationMs: 5 },
    { id: 1, ...FETCH, step: "revoke", url: `${at}/token/revoke`, status: 200, durationMs: 5 },
  ]);
});

test("a rejected callback is traced without its parameters", async () => {
  const { client, events } = traced(() => tokenResponse());
  const redirect_uri = `${CALLBACK}?tenant=7`;
  const pending = {
    state: "s",
    code_verifier: "v",
    issuer: "https://as.example",
    redirect_uri,
    created_at: 0,
    expires_at: 0,
  };
  for (const url of [`${CALLBACK}?code=c&state=s`, "no URL", /** @type {any} */ (null)]) {
    await client.validateAuthorizationResponse(url, pending).catch(() => {});
  }
  await client.validateAuthorizationResponse("?state=s", /** @type {any} */ (undefined)).catch(() => {});
  assert.deepEqual(events, [
    { id: 1, step: "callback", url: CALLBACK, code: "callback_mismatch" },
    { id: 2, step: "callback", url: CALLBACK, code: "callback_mismatch" },
    { id: 3, step: "callback", url: CALLBACK, code: "invalid_configuration" },
    { id: 4, step: "callback", url: "", code: "callback_mismatch" },
  ]);
});

test("a call that is rejected before a request causes no event", async () => {
  const { client, events } = traced(() => assert.fail("a request was sent"));
  await client.exchangeCode("").catch(() => {});
  await client.refreshTokenGrant({ ...TOKENS, refresh_token: "" }).catch(() => {});
  await client.revoke({ access_token: "", token_type: "Bearer" }).catch(() => {});
  assert.deepEqual(events, []);
});

test("no event has a secret, even if the endpoint's URL has one", async () => {
  const server = { issuer: "https://as.example", token_endpoint: "https://as.example/token?key=of-the-tenant" };
  const { client, events } = traced(() => tokenResponse(), { server });
  await client.refreshTokenGrant(TOKENS);
  const text = JSON.stringify(events);
  for (const secret of [...Object.values(TOKENS), "at.new.55d0", "plain-secret-31c8", "of-the-tenant"]) {
    if (secret !== "Bearer") assert.ok(!text.includes(secret), text);
  }
});

test("a trace function that throws or rejects does not fail the call", async () => {
  for (const trace of [
    () => {
      throw new Error("now");
    },
    async () => {
      throw new Error("later");
    },
    () => Promise.reject(),
  ]) {
    const { client } = traced(() => tokenResponse(), { trace });
    assert.equal((await client.refreshTokenGrant(TOKENS)).access_token, "at.new.55d0");
    // An unhandled rejection would end the test run here.
    await flushTasks();
  }
});
