// What trace is told: every exchange, in order, by the caller's clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { good, NOW, plain, settle, TOKENS } from "./support/plain.mjs";

/**
 * A client whose clock goes on by 5 ms whenever it is read, and the events that it told of.
 *
 * @param {(url: string, init: RequestInit) => unknown} answer
 * @param {Partial<import("grantkit").ClientConfig>} [changes]
 */
function traced(answer, changes) {
  /** @type {import("grantkit").TraceEvent[]} */
  const events = [];
  let now = NOW * 1000;
  const clock = () => {
    now += 5;
    return now;
  };
  return { events, client: plain(answer, { clock, trace: (event) => events.push(event), ...changes }) };
}

const AUTHORIZE = "https://as.example/authorize";
const TOKEN = "https://as.example/token";
const REVOKE = "https://as.example/revoke";
const CALLBACK = "https://app.example/cb";

test("the web flow", async () => {
  const { client, events } = traced(() => good());
  const { pending } = await client.authorizationRequest({ scope: "a", return_to: "/secret?path" });
  await client.authorizationCodeGrant(`${CALLBACK}?code=the-code&state=${pending.state}`, pending);
  assert.deepEqual(events, [
    { step: "authorize", url: AUTHORIZE },
    { step: "callback", url: CALLBACK },
    // The clock is read when the request begins, from where the lifetime counts, and when it has ended.
    { step: "token", grant_type: "authorization_code", url: TOKEN, status: 200, durationMs: 5 },
  ]);
});

test("refresh and revocation, good and refused", async () => {
  const { client, events } = traced((url) => {
    if (url === REVOKE) return new Response(null, { status: 503 });
    return events.length === 0 ? good() : Response.json({ error: "invalid_grant" }, { status: 400 });
  });
  await client.refreshTokenGrant(TOKENS);
  await client.refreshTokenGrant(TOKENS).catch(() => {});
  await client.revoke(TOKENS).catch(() => {});
  const refresh = { step: "token", grant_type: "refresh_token", url: TOKEN };
  assert.deepEqual(events, [
    { ...refresh, status: 200, durationMs: 5 },
    { ...refresh, status: 400, durationMs: 5, code: "reauthorization_required" },
    { step: "revoke", url: REVOKE, status: 503, durationMs: 5, code: "unexpected_response" },
  ]);
});

test("a request without an answer has no status", async () => {
  const failing = traced(() => Promise.reject(new Error("no")));
  await failing.client.exchangeCode("a").catch(() => {});
  const token = { step: "token", grant_type: "authorization_code", url: TOKEN };
  assert.deepEqual(failing.events, [{ ...token, durationMs: 5, code: "network" }]);

  const stalled = traced(() => new Promise(() => {}));
  await stalled.client.exchangeCode("a", { signal: AbortSignal.abort() }).catch(() => {});
  assert.deepEqual(stalled.events, [{ ...token, durationMs: 5, code: "aborted" }]);

  const large = traced(() => new Response(Buffer.alloc(256 * 1024 + 1)));
  await large.client.exchangeCode("a").catch(() => {});
  assert.deepEqual(large.events, [{ ...token, durationMs: 5, code: "malformed_response" }]);
});

test("each form of a revocation is an exchange", async () => {
  const server = { profile: "zoho" };
  const replies = [Response.json({ error: "invalid_token" }, { status: 400 }), Response.json({ status: "success" })];
  const { client, events } = traced(() => replies.shift(), { server });
  await client.revoke(TOKENS);
  const at = "https://accounts.zoho.com/oauth/v2";
  assert.deepEqual(events, [
    { step: "revoke", url: `${at}/revoke/token`, status: 400, durationMs: 5 },
    { step: "revoke", url: `${at}/token/revoke`, status: 200, durationMs: 5 },
  ]);
});

test("a callback that is refused is told of, without its parameters", async () => {
  const { client, events } = traced(() => good());
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
    { step: "callback", url: CALLBACK, code: "callback_mismatch" },
    { step: "callback", url: CALLBACK, code: "callback_mismatch" },
    { step: "callback", url: CALLBACK, code: "invalid_configuration" },
    { step: "callback", url: "", code: "callback_mismatch" },
  ]);
});

test("what is refused before a request is no exchange", async () => {
  const { client, events } = traced(() => assert.fail("sent"));
  await client.exchangeCode("").catch(() => {});
  await client.refreshTokenGrant({ ...TOKENS, refresh_token: "" }).catch(() => {});
  await client.revoke({ access_token: "", token_type: "Bearer" }).catch(() => {});
  assert.deepEqual(events, []);
});

test("no event holds a secret, whatever the endpoint's URL holds", async () => {
  const server = { issuer: "https://as.example", token_endpoint: "https://as.example/token?key=of-the-tenant" };
  const { client, events } = traced(() => good(), { server });
  await client.refreshTokenGrant(TOKENS);
  const text = JSON.stringify(events);
  for (const secret of [...Object.values(TOKENS), "at.new.55d0", "plain-secret-31c8", "of-the-tenant"]) {
    if (secret !== "Bearer") assert.ok(!text.includes(secret), text);
  }
});

test("a trace that throws, now or later, costs nothing", async () => {
  for (const trace of [
    () => {
      throw new Error("now");
    },
    async () => {
      throw new Error("later");
    },
    () => Promise.reject(),
  ]) {
    const { client } = traced(() => good(), { trace });
    assert.equal((await client.refreshTokenGrant(TOKENS)).access_token, "at.new.55d0");
    // An unhandled rejection would end the test run here.
    await settle();
  }
});
