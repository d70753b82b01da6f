// fetch when the API rejects a call: one refresh and one retry for an invalid token, and for nothing else.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { recordingApi } from "./support/api.mjs";
import { flushTasks, rejects, until } from "./support/expect.mjs";
import { access } from "./support/rotating.mjs";
import { NOW, setUp } from "./support/setup.mjs";
import { gate, instrumentedStore } from "./support/stores.mjs";

/** @typedef {import("./support/api.mjs").Sent} Sent */

const crm =
  (/** @type {string} */ code, status = 401) =>
  () =>
    Response.json({ code, details: {}, message: "m", status: "error" }, { status });
const bearer =
  (/** @type {string} */ challenge, status = 401) =>
  () =>
    new Response("no", { status, headers: { "www-authenticate": challenge } });

/** Rejects the first token and accepts every other. @param {() => Response} rejection */
const rejectFirst =
  (rejection) =>
  (/** @type {Sent} */ { authorization }) =>
    authorization?.endsWith(access(1)) ? rejection() : Response.json({ done: true });

describe("an invalid token: one refresh, one retry", () => {
  for (const [label, profile, rejection] of /** @type {const} */ ([
    ["INVALID_TOKEN", "zoho", crm("INVALID_TOKEN")],
    ["INVALID_OAUTHTOKEN", "zoho", crm("INVALID_OAUTHTOKEN")],
    ["AUTHENTICATION_FAILURE", "zoho", crm("AUTHENTICATION_FAILURE")],
    ["RFC 6750 of a Zoho API", "zoho", bearer('Bearer error="invalid_token"')],
    ["RFC 6750", "rfc", bearer('Bearer realm="api", error="invalid_token", error_description="expired"')],
    ["RFC 6750 unquoted", "rfc", bearer("Bearer error=invalid_token")],
    ["RFC 6750 in the body", "rfc", () => Response.json({ error: "invalid_token" }, { status: 401 })],
  ])) {
    test(label, async () => {
      const { manager, tokenNumbers, refreshes, store } = await recordingApi({
        profile,
        respond: rejectFirst(rejection),
      });
      const response = await manager.fetch("/crm/v8/Leads", { method: "POST", body: "content" });
      assert.deepEqual([response.status, await response.json()], [200, { done: true }]);
      assert.deepEqual([tokenNumbers(), refreshes()], [[1, 2], 1]);
      assert.equal((await store.load("default"))?.tokens.access_token, access(2));
    });
  }

  test("at the fake: a token that the server evicted is replaced, and the call succeeds", async () => {
    const { fake, manager, calls, refreshes, client, tokens, advance } = await setUp();
    // After fifteen newer access tokens of the same refresh token, Zoho evicts the oldest.
    for (let token = 0; token < 15; token += 1) {
      if (token === 10) advance(600);
      await client.refreshTokenGrant(tokens);
    }
    const before = refreshes();
    const response = await manager.fetch("/crm/v8/org");
    assert.equal(response.status, 200);
    assert.deepEqual([calls(), refreshes()], [2, before + 1]);
    assert.deepEqual(
      fake.log.slice(-3).map(({ path, error }) => [path, error]),
      [
        ["/crm/v8/org", "INVALID_TOKEN"],
        ["/oauth/v2/token", undefined],
        ["/crm/v8/org", undefined],
      ],
    );
  });
});

test("only once: a second rejection is returned to the caller with its body", async () => {
  const { manager, tokenNumbers, refreshes } = await recordingApi({ profile: "zoho", respond: crm("INVALID_TOKEN") });
  const response = await manager.fetch("/crm/v8/org");
  assert.deepEqual([response.status, (await response.json()).code], [401, "INVALID_TOKEN"]);
  assert.deepEqual([tokenNumbers(), refreshes()], [[1, 2], 1]);
});

test("100 rejected calls cause one refresh and one retry each", async () => {
  const { manager, tokenNumbers, refreshes, sent } = await recordingApi({
    profile: "zoho",
    async respond(call) {
      // All are sent before the first response.
      if (call.authorization?.endsWith(access(1))) await until(() => sent.length >= 100);
      return rejectFirst(crm("INVALID_TOKEN"))(call);
    },
  });
  const responses = await Promise.all(Array.from({ length: 100 }, () => manager.fetch("/crm/v8/org")));
  assert.deepEqual([...new Set(responses.map(({ status }) => status))], [200]);
  assert.deepEqual(tokenNumbers(), [...Array(100).fill(1), ...Array(100).fill(2)]);
  assert.equal(refreshes(), 1);
});

test("a call that is rejected after another call refreshed takes its token", async () => {
  const { manager, tokenNumbers, refreshes } = await recordingApi({
    profile: "zoho",
    async respond(call) {
      if (call.url.endsWith("/late") && call.authorization?.endsWith(access(1))) {
        await manager.fetch("/other");
      }
      return rejectFirst(crm("INVALID_TOKEN"))(call);
    },
  });
  assert.equal((await manager.fetch("/late")).status, 200);
  assert.deepEqual([tokenNumbers(), refreshes()], [[1, 1, 2, 2], 1]);
});

test("100 rejected calls of a server that issues the same token again cause one refresh", async () => {
  const { manager, tokenNumbers, refreshes } = await recordingApi({
    profile: "rfc",
    respond: bearer('Bearer error="invalid_token"'),
  });
  const tokens = { access_token: access(2), refresh_token: "r", token_type: "Bearer" };
  await manager.save(tokens);
  const responses = await Promise.all(Array.from({ length: 100 }, () => manager.fetch("/me")));
  assert.deepEqual([...new Set(responses.map(({ status }) => status))], [401]);
  assert.equal(refreshes(), 1);
  assert.deepEqual(tokenNumbers(), Array(200).fill(2));
});

describe("no refresh, no retry", () => {
  for (const [label, profile, rejection] of /** @type {const} */ ([
    ["another error code with 401", "zoho", crm("OTHER")],
    ["INVALID_TOKEN with 400", "zoho", crm("INVALID_TOKEN", 400)],
    ["INVALID_TOKEN with 403", "zoho", crm("INVALID_TOKEN", 403)],
    ["INVALID_TOKEN with 200", "zoho", crm("INVALID_TOKEN", 200)],
    ["NO_PERMISSION", "zoho", crm("NO_PERMISSION", 403)],
    ["a 401 without an error code", "rfc", () => new Response("no", { status: 401 })],
    ["a 401 without a body", "rfc", () => new Response(null, { status: 401 })],
    ["a 401 of HTML", "zoho", () => new Response("<html>INVALID_TOKEN</html>", { status: 401 })],
    ["a challenge without an error", "rfc", bearer('Bearer realm="invalid"')],
    ["a challenge with invalid_request", "rfc", bearer('Bearer error="invalid_request"', 400)],
    ["a server error", "zoho", () => new Response("oops", { status: 500 })],
  ])) {
    test(label, async () => {
      const { manager, tokenNumbers, refreshes } = await recordingApi({ profile, respond: rejection });
      const response = await manager.fetch("/crm/v8/org");
      assert.deepEqual([response.status, await response.text()], [rejection().status, await rejection().text()]);
      assert.deepEqual([tokenNumbers(), refreshes()], [[1], 0]);
    });
  }

  test("CRM's 429 is returned unchanged", async () => {
    const { fake, manager, refreshes, calls } = await setUp();
    fake.fail("api", "too_many_requests");
    const response = await manager.fetch("/crm/v8/org");
    assert.deepEqual([response.status, (await response.json()).code], [429, "TOO_MANY_REQUESTS"]);
    assert.deepEqual([refreshes(), calls()], [0, 1]);
  });
});

describe("a missing scope: insufficient_scope without a refresh", () => {
  for (const [label, profile, rejection] of /** @type {const} */ ([
    ["OAUTH_SCOPE_MISMATCH", "zoho", crm("OAUTH_SCOPE_MISMATCH")],
    ["RFC 6750 with 403", "rfc", bearer('Bearer error="insufficient_scope", scope="admin"', 403)],
    ["RFC 6750 with 401", "rfc", bearer('Bearer error="insufficient_scope"')],
  ])) {
    test(label, async () => {
      const { manager, tokenNumbers, refreshes } = await recordingApi({ profile, respond: rejection });
      const { status } = rejection();
      await rejects(manager.fetch("/x"), { code: "insufficient_scope", retryable: false, status });
      assert.deepEqual([tokenNumbers(), refreshes()], [[1], 0]);
    });
  }

  test("at the fake, with the granted scopes", async () => {
    const { manager, refreshes, calls } = await setUp();
    const error = await rejects(manager.fetch("/crm/v8/users?type=CurrentUser"), { code: "insufficient_scope" });
    assert.match(error.message, /, granted are ZohoCRM\.modules\.ALL ZohoCRM\.org\.READ: send the user through /);
    assert.deepEqual([refreshes(), calls()], [0, 1]);
  });
});

describe("only a repeatable body is sent again", () => {
  const form = new FormData();
  form.set("a", "1");
  const repeatable = {
    text: "x",
    bytes: new Uint8Array([120]),
    blob: new Blob(["x"]),
    form,
    query: new URLSearchParams("a=1"),
  };
  for (const [label, body] of Object.entries(repeatable)) {
    test(`${label}: yes`, async () => {
      const { manager, tokenNumbers, sent } = await recordingApi({
        profile: "zoho",
        respond: rejectFirst(crm("INVALID_TOKEN")),
      });
      assert.equal((await manager.fetch("/x", { method: "POST", body })).status, 200);
      assert.deepEqual(tokenNumbers(), [1, 2]);
      const [first, second] = sent.map(({ body: text }) => text.replaceAll(/-{4,}\S+/g, "--boundary"));
      assert.equal(second, first);
      assert.ok(first);
    });
  }

  const once = {
    stream: () => new Blob(["x"]).stream(),
    "Node's stream": () => Readable.from([Buffer.from("x")]),
    generator: async function* () {
      yield Buffer.from("x");
    },
  };
  for (const [label, make] of Object.entries(once)) {
    test(`${label}: no`, async () => {
      const { manager, tokenNumbers, refreshes } = await recordingApi({
        profile: "zoho",
        respond: crm("INVALID_TOKEN"),
      });
      const init = /** @type {any} */ ({
        method: "POST",
        body: make(),
        duplex: "half",
      });
      const response = await manager.fetch("/x", init);
      assert.deepEqual([response.status, (await response.json()).code], [401, "INVALID_TOKEN"]);
      assert.deepEqual([tokenNumbers(), refreshes()], [[1], 0]);
    });
  }

  test("a Request's body: no; a Request without one: yes", async () => {
    const url = "https://www.zohoapis.com/x";
    const withBody = await recordingApi({ profile: "zoho", respond: crm("INVALID_TOKEN") });
    await withBody.manager.fetch(new Request(url, { method: "POST", body: "x" }));
    assert.deepEqual(withBody.tokenNumbers(), [1]);
    const without = await recordingApi({ profile: "zoho", respond: rejectFirst(crm("INVALID_TOKEN")) });
    assert.equal((await without.manager.fetch(new Request(url))).status, 200);
    assert.deepEqual(without.tokenNumbers(), [1, 2]);
  });
});

describe("when the refresh fails, the caller gets its error", () => {
  test("a rejected token that another caller gets while the server throttles is not sent again", async () => {
    const { store, on, under } = instrumentedStore();
    const reading = gate();
    const { manager, tokenNumbers, refreshes } = await recordingApi({
      profile: "zoho",
      store,
      async respond() {
        // The other caller has loaded the record, and its refresh is about to load it.
        let loads = 0;
        on.load = async (proceed) => {
          loads += 1;
          if (loads === 2) await reading.opened;
          return proceed();
        };
        others.push(manager.accessToken());
        await until(() => loads === 2);
        flushTasks().then(() => reading.open());
        return crm("INVALID_TOKEN")();
      },
    });
    /** @type {Promise<string>[]} */
    const others = [];
    const record = await under.load("default");
    assert.ok(record);
    const due = { ...record.tokens, expires_at: NOW + 200 };
    await under.save("default", { ...record, version: 1, tokens: due, hold_until: NOW + 60 }, record.version);
    await rejects(manager.fetch("/x"), { code: "throttled", retryAfter: 60 });
    assert.deepEqual(await Promise.all(others), [access(1)]);
    assert.deepEqual([tokenNumbers(), refreshes()], [[1], 0]);
  });

  test("the grant is revoked", async () => {
    const { fake, manager, refreshes } = await setUp();
    fake.revokeAll();
    await rejects(manager.fetch("/crm/v8/org"), { code: "reauthorization_required", error: "invalid_code" });
    await rejects(manager.fetch("/crm/v8/org"), { code: "reauthorization_required" });
    assert.equal(refreshes(), 1);
  });

  test("without requests left, a token that the API rejected is not returned again", async () => {
    const { fake, manager, refreshes, calls } = await setUp();
    fake.fail("api", "invalid_token", 21);
    for (let call = 0; call < 10; call += 1) assert.equal((await manager.fetch("/crm/v8/org")).status, 401);
    await rejects(manager.fetch("/crm/v8/org"), { code: "throttled", retryAfter: 610 });
    assert.deepEqual([refreshes(), calls()], [10, 21]);
  });
});
