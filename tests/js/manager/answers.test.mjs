// fetch and answers that misbehave; and what a listener is told.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recordingApi } from "./support/api.mjs";
import { harmless, refused, settle } from "./support/expect.mjs";
import { access } from "./support/rotating.mjs";
import { world } from "./support/world.mjs";

const encoder = new TextEncoder();

/** A body that begins and then does nothing more. */
const stalling = () =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode('{"code":"INV'));
    },
  });

/** A body without end, and how much of it was asked for. */
function endless() {
  const made = { bytes: 0 };
  const body = new ReadableStream({
    pull(controller) {
      made.bytes += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  return { made, body };
}

test("a 401 whose body stalls is the caller's after the deadline", async (t) => {
  const { manager, refreshes, carried } = await recordingApi({
    profile: "zoho",
    answer: () => new Response(stalling(), { status: 401 }),
  });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const call = manager.fetch("/crm/v8/org");
  let answer = /** @type {Response | undefined} */ (undefined);
  call.then((response) => {
    answer = response;
  });
  await settle();
  assert.equal(answer, undefined);
  t.mock.timers.tick(9_999);
  await settle();
  assert.equal(answer, undefined);
  t.mock.timers.tick(1);
  const { status, body } = await call;
  assert.equal(status, 401);
  const { value } = (await body?.getReader().read()) ?? {};
  assert.equal(new TextDecoder().decode(value), '{"code":"INV');
  assert.deepEqual([refreshes(), carried()], [0, [1]]);
});

test("a 401 whose header says it all is not read", async () => {
  const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
  const { manager, carried } = await recordingApi({
    profile: "rfc",
    answer: ({ authorization }) =>
      authorization?.endsWith(access(1)) ? new Response(stalling(), { status: 401, headers }) : Response.json({}),
  });
  assert.equal((await manager.fetch("/me")).status, 200);
  assert.deepEqual(carried(), [1, 2]);
});

test("a 401 whose body never ends is read as far as an answer may reach, and is the caller's", async () => {
  const { made, body } = endless();
  const { manager, refreshes } = await recordingApi({
    profile: "zoho",
    answer: () => new Response(body, { status: 401 }),
  });
  const answer = await manager.fetch("/crm/v8/org");
  assert.equal(answer.status, 401);
  assert.ok(made.bytes < 600_000, String(made.bytes));
  assert.equal((await answer.body?.getReader().read())?.value?.length, 65_536);
  assert.equal(refreshes(), 0);
});

test("a 401 whose body breaks off is the caller's", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.error(new Error("reset"));
    },
  });
  const { manager } = await recordingApi({ profile: "zoho", answer: () => new Response(body, { status: 401 }) });
  const answer = await manager.fetch("/crm/v8/org");
  assert.equal(answer.status, 401);
  await assert.rejects(answer.text(), { message: "reset" });
});

describe("a body is left to the caller, unread and uncopied", () => {
  for (const status of [200, 403, 404, 500]) {
    test(String(status), async () => {
      const { made, body } = endless();
      const { manager } = await recordingApi({ profile: "zoho", answer: () => new Response(body, { status }) });
      const answer = await manager.fetch("/crm/v8/org");
      assert.ok(made.bytes <= 65_536);
      assert.equal(answer.body, body);
    });
  }
});

describe("no answer", () => {
  test("is a network error, its cause kept", async () => {
    const cause = new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    const { manager, sent } = await recordingApi({ profile: "zoho", answer: () => Promise.reject(cause) });
    const error = await refused(manager.fetch("/crm/v8/org"), { code: "network", retryable: true, cause });
    assert.match(error.message, /www\.zohoapis\.com/);
    assert.equal(sent.length, 1);
  });

  test("on the fake", async () => {
    const { fake, manager } = await world();
    fake.fail("api", "reset");
    const error = await refused(manager.fetch("/crm/v8/org"), { code: "network" });
    assert.equal(/** @type {any} */ (error.cause).cause.code, "ECONNRESET");
    assert.equal((await manager.fetch("/crm/v8/org")).status, 200);
  });

  test("a fetch that shows the token in what it rejects with is not shown", async () => {
    for (const [what, why] of Object.entries({
      header: (/** @type {string} */ header) =>
        Object.assign(new Error("failed"), { request: { headers: { header } } }),
      message: (/** @type {string} */ header) => new Error(`cannot send ${header}`),
      token: (/** @type {string} */ header) => ({ sent: header.split(" ")[1] }),
      nested: (/** @type {string} */ header) =>
        new Error("failed", { cause: new Error("failed", { cause: [header] }) }),
    })) {
      const { manager } = await recordingApi({
        profile: "zoho",
        answer: ({ authorization }) => Promise.reject(why(String(authorization))),
      });
      const error = await refused(manager.fetch("/crm/v8/org"), { code: "network" });
      assert.ok(error.cause instanceof Error, what);
    }
  });
});

test("a listener is told of each call: where to, what came, how long; no query, no token", async () => {
  let now = 1_800_000_000_000;
  const { manager, events } = await recordingApi({
    profile: "zoho",
    config: { clock: () => now },
    answer({ url, authorization }) {
      now += 7;
      if (url.includes("broken")) throw new TypeError("fetch failed");
      if (url.includes("moved")) return new Response(null, { status: 302, headers: { location: "/crm/v8/new?q=3" } });
      const status = authorization?.endsWith(access(1)) ? 401 : 200;
      return Response.json(status === 401 ? { code: "INVALID_TOKEN" } : {}, { status });
    },
  });
  await manager.fetch("/crm/v8/Leads?criteria=secret#part");
  await refused(manager.fetch("/broken?x=1"), { code: "network" });
  await manager.fetch("/crm/v8/moved?q=2");
  const api = (/** @type {string} */ path, /** @type {object} */ members) => ({
    step: "api",
    url: `https://www.zohoapis.com${path}`,
    durationMs: 7,
    ...members,
  });
  assert.deepEqual(events, [
    api("/crm/v8/Leads", { status: 401 }),
    {
      step: "token",
      grant_type: "refresh_token",
      url: "https://accounts.zoho.com/oauth/v2/token",
      status: 200,
      durationMs: 0,
    },
    api("/crm/v8/Leads", { status: 200 }),
    api("/broken", { code: "network" }),
    api("/crm/v8/moved", { status: 302 }),
    api("/crm/v8/new", { status: 200 }),
  ]);
  harmless(events);
});
