// fetch when the API says no: one refresh and one retry for a dead token, and for nothing else.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { recordingApi } from "./support/api.mjs";
import { refused, settle, until } from "./support/expect.mjs";
import { access } from "./support/rotating.mjs";
import { gate, tampered } from "./support/stores.mjs";
import { NOW, world } from "./support/world.mjs";

/** @typedef {import("./support/api.mjs").Sent} Sent */

const crm =
  (/** @type {string} */ code, status = 401) =>
  () =>
    Response.json({ code, details: {}, message: "m", status: "error" }, { status });
const bearer =
  (/** @type {string} */ challenge, status = 401) =>
  () =>
    new Response("no", { status, headers: { "www-authenticate": challenge } });

/** Refuses the first token, and takes every other. @param {() => Response} no */
const refuseFirst =
  (no) =>
  (/** @type {Sent} */ { authorization }) =>
    authorization?.endsWith(access(1)) ? no() : Response.json({ done: true });

describe("a dead token: one refresh, one retry", () => {
  for (const [what, profile, no] of /** @type {const} */ ([
    ["INVALID_TOKEN", "zoho", crm("INVALID_TOKEN")],
    ["INVALID_OAUTHTOKEN", "zoho", crm("INVALID_OAUTHTOKEN")],
    ["AUTHENTICATION_FAILURE", "zoho", crm("AUTHENTICATION_FAILURE")],
    ["RFC 6750 of a Zoho API", "zoho", bearer('Bearer error="invalid_token"')],
    ["RFC 6750", "rfc", bearer('Bearer realm="api", error="invalid_token", error_description="expired"')],
    ["RFC 6750 unquoted", "rfc", bearer("Bearer error=invalid_token")],
    ["RFC 6750 in the body", "rfc", () => Response.json({ error: "invalid_token" }, { status: 401 })],
  ])) {
    test(what, async () => {
      const { manager, carried, refreshes, store } = await recordingApi({ profile, answer: refuseFirst(no) });
      const answer = await manager.fetch("/crm/v8/Leads", { method: "POST", body: "content" });
      assert.deepEqual([answer.status, await answer.json()], [200, { done: true }]);
      assert.deepEqual([carried(), refreshes()], [[1, 2], 1]);
      assert.equal((await store.load("default"))?.tokens.access_token, access(2));
    });
  }

  test("on the fake: a token that the server evicted is replaced, and the caller notices nothing", async () => {
    const { fake, manager, calls, refreshes, client, tokens, advance } = await world();
    // Each of fifteen newer access tokens of the same refresh token pushes out the oldest.
    for (let token = 0; token < 15; token += 1) {
      if (token === 10) advance(600);
      await client.refreshTokenGrant(tokens);
    }
    const before = refreshes();
    const answer = await manager.fetch("/crm/v8/org");
    assert.equal(answer.status, 200);
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

test("once, not twice: a second refusal is the caller's, body and all", async () => {
  const { manager, carried, refreshes } = await recordingApi({ profile: "zoho", answer: crm("INVALID_TOKEN") });
  const answer = await manager.fetch("/crm/v8/org");
  assert.deepEqual([answer.status, (await answer.json()).code], [401, "INVALID_TOKEN"]);
  assert.deepEqual([carried(), refreshes()], [[1, 2], 1]);
});

test("100 calls that are all refused cause one refresh, and each its retry", async () => {
  const { manager, carried, refreshes, sent } = await recordingApi({
    profile: "zoho",
    async answer(call) {
      // All have been sent before the first answer.
      if (call.authorization?.endsWith(access(1))) await until(() => sent.length >= 100);
      return refuseFirst(crm("INVALID_TOKEN"))(call);
    },
  });
  const answers = await Promise.all(Array.from({ length: 100 }, () => manager.fetch("/crm/v8/org")));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.deepEqual(carried(), [...Array(100).fill(1), ...Array(100).fill(2)]);
  assert.equal(refreshes(), 1);
});

test("a call that is refused after others refreshed takes their token", async () => {
  const { manager, carried, refreshes } = await recordingApi({
    profile: "zoho",
    async answer(call) {
      if (call.url.endsWith("/late") && call.authorization?.endsWith(access(1))) {
        await manager.fetch("/other");
      }
      return refuseFirst(crm("INVALID_TOKEN"))(call);
    },
  });
  assert.equal((await manager.fetch("/late")).status, 200);
  assert.deepEqual([carried(), refreshes()], [[1, 1, 2, 2], 1]);
});

test("100 refused calls of a server that issues the same token again cause one refresh", async () => {
  const { manager, carried, refreshes } = await recordingApi({
    profile: "rfc",
    answer: bearer('Bearer error="invalid_token"'),
  });
  const tokens = { access_token: access(2), refresh_token: "r", token_type: "Bearer" };
  await manager.save(tokens);
  const answers = await Promise.all(Array.from({ length: 100 }, () => manager.fetch("/me")));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401]);
  assert.equal(refreshes(), 1);
  assert.deepEqual(carried(), Array(200).fill(2));
});

describe("no refresh, no retry", () => {
  for (const [what, profile, no] of /** @type {const} */ ([
    ["another word with 401", "zoho", crm("OTHER")],
    ["INVALID_TOKEN with 400", "zoho", crm("INVALID_TOKEN", 400)],
    ["INVALID_TOKEN with 403", "zoho", crm("INVALID_TOKEN", 403)],
    ["INVALID_TOKEN with 200", "zoho", crm("INVALID_TOKEN", 200)],
    ["NO_PERMISSION", "zoho", crm("NO_PERMISSION", 403)],
    ["a 401 without a word", "rfc", () => new Response("no", { status: 401 })],
    ["a 401 without a body", "rfc", () => new Response(null, { status: 401 })],
    ["a 401 of HTML", "zoho", () => new Response("<html>INVALID_TOKEN</html>", { status: 401 })],
    ["a challenge without an error", "rfc", bearer('Bearer realm="invalid"')],
    ["a challenge of a broken request", "rfc", bearer('Bearer error="invalid_request"', 400)],
    ["a server error", "zoho", () => new Response("oops", { status: 500 })],
  ])) {
    test(what, async () => {
      const { manager, carried, refreshes } = await recordingApi({ profile, answer: no });
      const answer = await manager.fetch("/crm/v8/org");
      assert.deepEqual([answer.status, await answer.text()], [no().status, await no().text()]);
      assert.deepEqual([carried(), refreshes()], [[1], 0]);
    });
  }

  test("CRM's 429 passes through untouched", async () => {
    const { fake, manager, refreshes, calls } = await world();
    fake.fail("api", "too_many_requests");
    const answer = await manager.fetch("/crm/v8/org");
    assert.deepEqual([answer.status, (await answer.json()).code], [429, "TOO_MANY_REQUESTS"]);
    assert.deepEqual([refreshes(), calls()], [0, 1]);
  });
});

describe("a scope that is missing: insufficient_scope, which no refresh will bring", () => {
  for (const [what, profile, no] of /** @type {const} */ ([
    ["OAUTH_SCOPE_MISMATCH", "zoho", crm("OAUTH_SCOPE_MISMATCH")],
    ["RFC 6750 with 403", "rfc", bearer('Bearer error="insufficient_scope", scope="admin"', 403)],
    ["RFC 6750 with 401", "rfc", bearer('Bearer error="insufficient_scope"')],
  ])) {
    test(what, async () => {
      const { manager, carried, refreshes } = await recordingApi({ profile, answer: no });
      const { status } = no();
      await refused(manager.fetch("/x"), { code: "insufficient_scope", retryable: false, status });
      assert.deepEqual([carried(), refreshes()], [[1], 0]);
    });
  }

  test("on the fake, with the scopes that were granted", async () => {
    const { manager, refreshes, calls } = await world();
    const error = await refused(manager.fetch("/crm/v8/users?type=CurrentUser"), { code: "insufficient_scope" });
    assert.match(error.message, /granted are: ZohoCRM\.modules\.ALL ZohoCRM\.org\.READ/);
    assert.deepEqual([refreshes(), calls()], [0, 1]);
  });
});

describe("only a body that can be sent again is", () => {
  const form = new FormData();
  form.set("a", "1");
  const again = {
    text: "x",
    bytes: new Uint8Array([120]),
    blob: new Blob(["x"]),
    form,
    query: new URLSearchParams("a=1"),
  };
  for (const [what, body] of Object.entries(again)) {
    test(`${what}: yes`, async () => {
      const { manager, carried, sent } = await recordingApi({
        profile: "zoho",
        answer: refuseFirst(crm("INVALID_TOKEN")),
      });
      assert.equal((await manager.fetch("/x", { method: "POST", body })).status, 200);
      assert.deepEqual(carried(), [1, 2]);
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
  for (const [what, make] of Object.entries(once)) {
    test(`${what}: no`, async () => {
      const { manager, carried, refreshes } = await recordingApi({ profile: "zoho", answer: crm("INVALID_TOKEN") });
      const init = /** @type {any} */ ({
        method: "POST",
        body: typeof make === "function" ? make() : make,
        duplex: "half",
      });
      const answer = await manager.fetch("/x", init);
      assert.deepEqual([answer.status, (await answer.json()).code], [401, "INVALID_TOKEN"]);
      assert.deepEqual([carried(), refreshes()], [[1], 0]);
    });
  }

  test("a Request's body: no; a Request without one: yes", async () => {
    const url = "https://www.zohoapis.com/x";
    const withBody = await recordingApi({ profile: "zoho", answer: crm("INVALID_TOKEN") });
    await withBody.manager.fetch(new Request(url, { method: "POST", body: "x" }));
    assert.deepEqual(withBody.carried(), [1]);
    const without = await recordingApi({ profile: "zoho", answer: refuseFirst(crm("INVALID_TOKEN")) });
    assert.equal((await without.manager.fetch(new Request(url))).status, 200);
    assert.deepEqual(without.carried(), [1, 2]);
  });
});

describe("the refresh itself fails, and the caller is told that", () => {
  test("another caller's refresh hands the refused token out, since the server throttles: it is not tried again", async () => {
    const { store, on, under } = tampered();
    const reading = gate();
    const { manager, carried, refreshes } = await recordingApi({
      profile: "zoho",
      store,
      async answer() {
        // The other caller has looked at the store, and its refresh is about to.
        let looks = 0;
        on.load = async (proceed) => {
          looks += 1;
          if (looks === 2) await reading.opened;
          return proceed();
        };
        others.push(manager.accessToken());
        await until(() => looks === 2);
        settle().then(() => reading.open());
        return crm("INVALID_TOKEN")();
      },
    });
    /** @type {Promise<string>[]} */
    const others = [];
    const record = await under.load("default");
    assert.ok(record);
    const due = { ...record.tokens, expires_at: NOW + 200 };
    await under.save("default", { ...record, version: 1, tokens: due, hold_until: NOW + 60 }, record.version);
    await refused(manager.fetch("/x"), { code: "throttled", retryAfter: 60 });
    assert.deepEqual(await Promise.all(others), [access(1)]);
    assert.deepEqual([carried(), refreshes()], [[1], 0]);
  });

  test("the grant is dead", async () => {
    const { fake, manager, refreshes } = await world();
    fake.revokeAll();
    await refused(manager.fetch("/crm/v8/org"), { code: "reauthorization_required", error: "invalid_code" });
    await refused(manager.fetch("/crm/v8/org"), { code: "reauthorization_required" });
    assert.equal(refreshes(), 1);
  });

  test("the budget is spent: a token that the API refused is not handed out again", async () => {
    const { fake, manager, refreshes, calls } = await world();
    fake.fail("api", "invalid_token", 21);
    for (let call = 0; call < 10; call += 1) assert.equal((await manager.fetch("/crm/v8/org")).status, 401);
    await refused(manager.fetch("/crm/v8/org"), { code: "throttled", retryAfter: 610 });
    assert.deepEqual([refreshes(), calls()], [10, 21]);
  });
});
