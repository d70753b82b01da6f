// After any failure of a refresh the stored tokens are unchanged, and the next permitted request works.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStore } from "grantkit";
import { rejects, until } from "./support/expect.mjs";
import { rotatingServer } from "./support/rotating.mjs";
import { CLIENT, LIFETIME, SCOPE, setUp } from "./support/setup.mjs";

/** @typedef {import("grantkit").OAuthErrorCode} Code */

/** Failures of the fake after which the next request may follow at once, and the caller's error. */
const TRANSIENT = /** @type {Record<string, { code: Code } & Record<string, unknown>>} */ ({
  http_500_html: { code: "unexpected_response", status: 500, retryable: true },
  http_503: { code: "unexpected_response", status: 503, retryable: true, retryAfter: 120 },
  html_200: { code: "unexpected_response", status: 200, retryable: true },
  redirect: { code: "unexpected_response", status: 302 },
  empty: { code: "malformed_response", retryable: true },
  truncated: { code: "malformed_response", retryable: true },
  not_json: { code: "malformed_response" },
  oversized: { code: "malformed_response" },
  endless: { code: "malformed_response" },
  token_with_newline: { code: "malformed_response" },
  error_and_token: { code: "malformed_response" },
  general_error: { code: "unexpected_response", retryable: true },
  reset: { code: "network", retryable: true },
  invalid_client: { code: "client_rejected", error: "invalid_client", retryable: false },
  invalid_client_secret: { code: "client_rejected", error: "invalid_client_secret" },
});

/** A grant whose token has expired, and its stored tokens as JSON. */
async function expired() {
  const setup = await setUp();
  setup.advance(LIFETIME);
  const storedTokens = async () => JSON.stringify((await setup.stored()).tokens);
  return { ...setup, storedTokens, before: await storedTokens() };
}

describe("the tokens stay stored, and the next call gets new ones", () => {
  for (const [failure, expected] of Object.entries(TRANSIENT)) {
    test(failure, async () => {
      const { fake, manager, storedTokens, before, stored, refreshes, time } = await expired();
      fake.fail("token", failure, 2);
      for (const times of [1, 2]) {
        await rejects(manager.accessToken(), expected);
        assert.equal(await storedTokens(), before);
        assert.equal(refreshes(), times);
      }
      const record = await stored();
      // client_rejected settles the refresh and removes the mark. After other failures the token may have rotated.
      assert.equal(record.refreshing_since, expected.code === "client_rejected" ? undefined : time.now);
      assert.deepEqual([record.hold_until, record.rejected_at], [undefined, undefined]);
      const token = await manager.accessToken();
      assert.notEqual(await storedTokens(), before);
      assert.equal((await stored()).tokens.access_token, token);
      assert.equal((await stored()).refreshing_since, undefined);
      assert.equal(refreshes(), 3);
    });
  }

  for (const failure of /** @type {const} */ (["slow", "stall"])) {
    test(failure, async (t) => {
      const { fake, manager, storedTokens, before, refreshes } = await expired();
      t.mock.timers.enable({ apis: ["setTimeout"] });
      fake.fail("token", failure);
      const call = rejects(manager.accessToken(), { code: "timeout", retryable: true });
      await until(() => refreshes() === 1);
      t.mock.timers.tick(10_000);
      await call;
      assert.equal(await storedTokens(), before);
      await manager.accessToken();
      assert.notEqual(await storedTokens(), before);
      assert.equal(refreshes(), 2);
    });
  }
});

describe("a throttle holds every caller until it ends, in this process and in others", () => {
  for (const failure of /** @type {const} */ (["throttle", "throttle_localised"])) {
    test(failure, async () => {
      const { fake, manager, otherManager, storedTokens, before, stored, refreshes, advance, time } = await expired();
      fake.fail("token", failure);
      await rejects(manager.accessToken(), { code: "throttled", status: 400, retryAfter: 600, retryable: true });
      assert.equal(await storedTokens(), before);
      const record = await stored();
      assert.deepEqual([record.hold_until, record.refreshing_since], [time.now + 600, undefined]);
      advance(599);
      for (const each of [manager, otherManager()]) {
        await rejects(each.accessToken(), { code: "throttled", retryAfter: 1, retryable: true });
      }
      assert.equal(await storedTokens(), before);
      assert.equal(refreshes(), 1);
      advance(1);
      await manager.accessToken();
      assert.equal((await stored()).hold_until, undefined);
      assert.equal(refreshes(), 2);
    });
  }
});

describe("a token that is due but valid is returned after the failure, if it is enough for the caller", () => {
  for (const failure of [...Object.keys(TRANSIENT), "throttle", "throttle_localised"]) {
    test(failure, async () => {
      const { fake, manager, tokens, stored, refreshes, advance } = await setUp();
      advance(LIFETIME - 200);
      fake.fail("token", failure);
      assert.equal(await manager.accessToken(), tokens.access_token);
      assert.equal(refreshes(), 1);
      assert.deepEqual((await stored()).tokens, { ...tokens });
      fake.fail("token", failure);
      const { code } = TRANSIENT[failure] ?? { code: "throttled" };
      await rejects(manager.accessToken({ minValidity: 201 }), { code });
      // While a throttle holds, nothing is sent.
      assert.equal(refreshes(), code === "throttled" ? 1 : 2);
    });
  }

  test("callers that join one refresh get the valid token if it is enough, or else the error", async () => {
    const { fake, manager, tokens, refreshes, advance } = await setUp();
    advance(LIFETIME - 200);
    fake.fail("token", "http_500_html", 9);
    const satisfied = Array.from({ length: 50 }, () => manager.accessToken());
    const demanding = Array.from({ length: 50 }, () => manager.accessToken({ minValidity: 1000 }));
    assert.deepEqual([...new Set(await Promise.all(satisfied))], [tokens.access_token]);
    await Promise.all(demanding.map((call) => rejects(call, { code: "unexpected_response", status: 500 })));
    assert.equal(refreshes(), 1);
  });

  test("not a token that the API rejected", async () => {
    const { fake, manager, refreshes } = await setUp();
    fake.fail("api", "invalid_token");
    fake.fail("token", "http_500_html");
    await rejects(manager.fetch("/crm/v8/org"), { code: "unexpected_response", status: 500 });
    assert.equal(refreshes(), 1);
  });
});

test("Retry-After of a throttled response is respected", async () => {
  const { state, time, managerOf } = rotatingServer();
  const store = memoryStore();
  const manager = await managerOf(store);
  time.now += LIFETIME;
  state.onResponse = () => new Response("{}", { status: 429, headers: { "retry-after": "45" } });
  await rejects(manager.accessToken(), { code: "throttled", status: 429, retryAfter: 45 });
  assert.equal((await store.load("default"))?.hold_until, time.now + 45);
  time.now += 44;
  await rejects(manager.accessToken(), { code: "throttled", status: undefined, retryAfter: 1 });
  assert.equal(state.presented.length, 1);
});

describe("members that the token response omits are kept", () => {
  for (const failure of /** @type {const} */ (["no_api_domain", "no_scope", "no_refresh_token", "no_token_type"])) {
    test(failure, async () => {
      const { fake, manager, tokens, stored, advance, time } = await setUp();
      advance(LIFETIME);
      fake.fail("token", failure);
      const access_token = await manager.accessToken();
      assert.deepEqual((await stored()).tokens, { ...tokens, access_token, expires_at: time.now + LIFETIME });
    });
  }

  for (const failure of /** @type {const} */ (["expires_in_ms", "expires_in_string"])) {
    test(`${failure}: the same lifetime in another form`, async () => {
      const { fake, manager, stored, advance, time } = await setUp();
      advance(LIFETIME);
      fake.fail("token", failure);
      await manager.accessToken();
      assert.equal((await stored()).tokens.expires_at, time.now + LIFETIME);
    });
  }
});

test("a revoked grant causes no further request, and new tokens make it valid", async () => {
  const { fake, manager, storedTokens, before, stored, refreshes, time, client } = await expired();
  fake.revokeAll();
  const revoked = { code: /** @type {const} */ ("reauthorization_required"), error: "invalid_code" };
  await rejects(manager.accessToken(), { ...revoked, status: 200, retryable: false });
  assert.equal(await storedTokens(), before);
  assert.equal((await stored()).rejected_at, time.now);
  await rejects(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.equal(refreshes(), 1);
  const { client_id } = CLIENT;
  await manager.save(await client.exchangeCode(fake.selfClientCode({ client_id, scope: SCOPE })));
  assert.equal(await manager.accessToken(), (await stored()).tokens.access_token);
  assert.equal((await stored()).rejected_at, undefined);
});

test("a client that was rejected works once its configuration is right", async () => {
  const { store, manager, storedTokens, before, refreshes, fake } = await expired();
  fake.fail("token", "invalid_client", 3);
  for (let call = 0; call < 3; call += 1) await rejects(manager.accessToken(), { code: "client_rejected" });
  assert.equal(await storedTokens(), before);
  const record = await store.load("default");
  assert.equal(record?.requests.length, 3);
  await manager.accessToken();
  assert.equal(refreshes(), 4);
});
