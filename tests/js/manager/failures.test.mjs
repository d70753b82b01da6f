// Whatever goes wrong with a refresh, the stored tokens stay the same to the letter, and the next call that may go out works.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStore } from "grantkit";
import { refused, until } from "./support/expect.mjs";
import { rotatingServer } from "./support/rotating.mjs";
import { CLIENT, LIFE, SCOPE, world } from "./support/world.mjs";

/** @typedef {import("grantkit").OAuthErrorCode} Code */

/** Ways of the fake that the next request may follow at once, by what the caller is told. */
const PASSING = /** @type {Record<string, { code: Code } & Record<string, unknown>>} */ ({
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

/** A grant whose token has expired, and its tokens as the store has them. */
async function expired() {
  const whole = await world();
  whole.advance(LIFE);
  const letters = async () => JSON.stringify((await whole.stored()).tokens);
  return { ...whole, letters, before: await letters() };
}

describe("the tokens survive, and the next call gets new ones", () => {
  for (const [how, expected] of Object.entries(PASSING)) {
    test(how, async () => {
      const { fake, manager, letters, before, stored, refreshes, time } = await expired();
      fake.fail("token", how, 2);
      for (const times of [1, 2]) {
        await refused(manager.accessToken(), expected);
        assert.equal(await letters(), before);
        assert.equal(refreshes(), times);
      }
      const record = await stored();
      // A refusal is an answer: nothing is in doubt after it.
      assert.equal(record.refreshing_since, expected.code === "client_rejected" ? undefined : time.now);
      assert.deepEqual([record.hold_until, record.rejected_at], [undefined, undefined]);
      const token = await manager.accessToken();
      assert.notEqual(await letters(), before);
      assert.equal((await stored()).tokens.access_token, token);
      assert.equal((await stored()).refreshing_since, undefined);
      assert.equal(refreshes(), 3);
    });
  }

  for (const how of /** @type {const} */ (["slow", "stall"])) {
    test(how, async (t) => {
      const { fake, manager, letters, before, refreshes } = await expired();
      t.mock.timers.enable({ apis: ["setTimeout"] });
      fake.fail("token", how);
      const call = refused(manager.accessToken(), { code: "timeout", retryable: true });
      await until(() => refreshes() === 1);
      t.mock.timers.tick(10_000);
      await call;
      assert.equal(await letters(), before);
      await manager.accessToken();
      assert.notEqual(await letters(), before);
      assert.equal(refreshes(), 2);
    });
  }
});

describe("a throttle holds every caller until it ends, in this process and the next", () => {
  for (const how of /** @type {const} */ (["throttle", "throttle_localised"])) {
    test(how, async () => {
      const { fake, manager, sibling, letters, before, stored, refreshes, advance, time } = await expired();
      fake.fail("token", how);
      await refused(manager.accessToken(), { code: "throttled", status: 400, retryAfter: 600, retryable: true });
      assert.equal(await letters(), before);
      const record = await stored();
      assert.deepEqual([record.hold_until, record.refreshing_since], [time.now + 600, undefined]);
      advance(599);
      for (const each of [manager, sibling()]) {
        await refused(each.accessToken(), { code: "throttled", retryAfter: 1, retryable: true });
      }
      assert.equal(await letters(), before);
      assert.equal(refreshes(), 1);
      advance(1);
      await manager.accessToken();
      assert.equal((await stored()).hold_until, undefined);
      assert.equal(refreshes(), 2);
    });
  }
});

describe("a token that is due but good outlives the failure, for callers whom it does", () => {
  for (const how of [...Object.keys(PASSING), "throttle", "throttle_localised"]) {
    test(how, async () => {
      const { fake, manager, tokens, stored, refreshes, advance } = await world();
      advance(LIFE - 200);
      fake.fail("token", how);
      assert.equal(await manager.accessToken(), tokens.access_token);
      assert.equal(refreshes(), 1);
      assert.deepEqual((await stored()).tokens, { ...tokens });
      fake.fail("token", how);
      const { code } = PASSING[how] ?? { code: "throttled" };
      await refused(manager.accessToken({ minValidity: 201 }), { code });
      // While a throttle holds, nothing is sent.
      assert.equal(refreshes(), code === "throttled" ? 1 : 2);
    });
  }

  test("of callers who join one refresh each gets what it can: the good token, or the error", async () => {
    const { fake, manager, tokens, refreshes, advance } = await world();
    advance(LIFE - 200);
    fake.fail("token", "http_500_html", 9);
    const easy = Array.from({ length: 50 }, () => manager.accessToken());
    const demanding = Array.from({ length: 50 }, () => manager.accessToken({ minValidity: 1000 }));
    assert.deepEqual([...new Set(await Promise.all(easy))], [tokens.access_token]);
    await Promise.all(demanding.map((call) => refused(call, { code: "unexpected_response", status: 500 })));
    assert.equal(refreshes(), 1);
  });

  test("not one that the API refused", async () => {
    const { fake, manager, refreshes } = await world();
    fake.fail("api", "invalid_token");
    fake.fail("token", "http_500_html");
    await refused(manager.fetch("/crm/v8/org"), { code: "unexpected_response", status: 500 });
    assert.equal(refreshes(), 1);
  });
});

test("a server that says how long it throttles is believed", async () => {
  const { state, time, begin } = rotatingServer();
  const store = memoryStore();
  const manager = await begin(store);
  time.now += LIFE;
  state.after = () => new Response("{}", { status: 429, headers: { "retry-after": "45" } });
  await refused(manager.accessToken(), { code: "throttled", status: 429, retryAfter: 45 });
  assert.equal((await store.load("default"))?.hold_until, time.now + 45);
  time.now += 44;
  await refused(manager.accessToken(), { code: "throttled", status: undefined, retryAfter: 1 });
  assert.equal(state.presented.length, 1);
});

describe("members that an answer leaves out are kept", () => {
  for (const how of /** @type {const} */ (["no_api_domain", "no_scope", "no_refresh_token", "no_token_type"])) {
    test(how, async () => {
      const { fake, manager, tokens, stored, advance, time } = await world();
      advance(LIFE);
      fake.fail("token", how);
      const access_token = await manager.accessToken();
      assert.deepEqual((await stored()).tokens, { ...tokens, access_token, expires_at: time.now + LIFE });
    });
  }

  for (const how of /** @type {const} */ (["expires_in_ms", "expires_in_string"])) {
    test(`${how}: the same lifetime in other words`, async () => {
      const { fake, manager, stored, advance, time } = await world();
      advance(LIFE);
      fake.fail("token", how);
      await manager.accessToken();
      assert.equal((await stored()).tokens.expires_at, time.now + LIFE);
    });
  }
});

test("a user who removed the app: dead, and asked no more; new tokens bring it back", async () => {
  const { fake, manager, letters, before, stored, refreshes, time, client } = await expired();
  fake.revokeAll();
  const dead = { code: /** @type {const} */ ("reauthorization_required"), error: "invalid_code" };
  await refused(manager.accessToken(), { ...dead, status: 200, retryable: false });
  assert.equal(await letters(), before);
  assert.equal((await stored()).rejected_at, time.now);
  await refused(manager.accessToken(), { code: "reauthorization_required", retryable: false });
  assert.equal(refreshes(), 1);
  const { client_id } = CLIENT;
  await manager.save(await client.exchangeCode(fake.selfClientCode({ client_id, scope: SCOPE })));
  assert.equal(await manager.accessToken(), (await stored()).tokens.access_token);
  assert.equal((await stored()).rejected_at, undefined);
});

test("a client that was rejected by mistake works once the configuration is right", async () => {
  const { store, manager, letters, before, refreshes, fake } = await expired();
  fake.fail("token", "invalid_client", 3);
  for (let call = 0; call < 3; call += 1) await refused(manager.accessToken(), { code: "client_rejected" });
  assert.equal(await letters(), before);
  const record = await store.load("default");
  assert.equal(record?.requests.length, 3);
  await manager.accessToken();
  assert.equal(refreshes(), 4);
});
