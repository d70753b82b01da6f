// fetch and misbehaving API responses, and the trace events of API calls.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recordingApi } from "./support/api.mjs";
import { assertNoToken, exchanges, flushTasks, rejects } from "./support/expect.mjs";
import { access } from "./support/rotating.mjs";
import { setUp } from "./support/setup.mjs";

const encoder = new TextEncoder();

/** A body that stalls after its first bytes. */
const stalling = () =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode('{"code":"INV'));
    },
  });

/** A body without an end, and the number of bytes that were pulled. */
function endless() {
  const pulled = { bytes: 0 };
  const body = new ReadableStream({
    pull(controller) {
      pulled.bytes += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  return { pulled, body };
}

test("a 401 whose body stalls is returned to the caller after the timeout", async (t) => {
  const { manager, refreshes, tokenNumbers } = await recordingApi({
    profile: "zoho",
    respond: () => new Response(stalling(), { status: 401 }),
  });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const call = manager.fetch("/crm/v8/org");
  let settled = /** @type {Response | undefined} */ (undefined);
  call.then((response) => {
    settled = response;
  });
  await flushTasks();
  assert.equal(settled, undefined);
  t.mock.timers.tick(9_999);
  await flushTasks();
  assert.equal(settled, undefined);
  t.mock.timers.tick(1);
  const { status, body } = await call;
  assert.equal(status, 401);
  const { value } = (await body?.getReader().read()) ?? {};
  assert.equal(new TextDecoder().decode(value), '{"code":"INV');
  assert.deepEqual([refreshes(), tokenNumbers()], [0, [1]]);
});

test("the body of a 401 is not read when its header names the error", async () => {
  const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
  const { manager, tokenNumbers } = await recordingApi({
    profile: "rfc",
    respond: ({ authorization }) =>
      authorization?.endsWith(access(1)) ? new Response(stalling(), { status: 401, headers }) : Response.json({}),
  });
  assert.equal((await manager.fetch("/me")).status, 200);
  assert.deepEqual(tokenNumbers(), [1, 2]);
});

test("a 401 whose body has no end is read up to the size limit and returned to the caller", async () => {
  const { pulled, body } = endless();
  const { manager, refreshes } = await recordingApi({
    profile: "zoho",
    respond: () => new Response(body, { status: 401 }),
  });
  const response = await manager.fetch("/crm/v8/org");
  assert.equal(response.status, 401);
  assert.ok(pulled.bytes < 600_000, String(pulled.bytes));
  assert.equal((await response.body?.getReader().read())?.value?.length, 65_536);
  assert.equal(refreshes(), 0);
});

test("a 401 whose body fails is returned to the caller", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.error(new Error("reset"));
    },
  });
  const { manager } = await recordingApi({ profile: "zoho", respond: () => new Response(body, { status: 401 }) });
  const response = await manager.fetch("/crm/v8/org");
  assert.equal(response.status, 401);
  await assert.rejects(response.text(), { message: "reset" });
});

describe("a body is returned to the caller unread and uncopied", () => {
  for (const status of [200, 403, 404, 500]) {
    test(String(status), async () => {
      const { pulled, body } = endless();
      const { manager } = await recordingApi({ profile: "zoho", respond: () => new Response(body, { status }) });
      const response = await manager.fetch("/crm/v8/org");
      assert.ok(pulled.bytes <= 65_536);
      assert.equal(response.body, body);
    });
  }
});

describe("a fetch that rejects", () => {
  test("is a network error with the reason as its cause", async () => {
    const cause = new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    const { manager, sent } = await recordingApi({ profile: "zoho", respond: () => Promise.reject(cause) });
    const error = await rejects(manager.fetch("/crm/v8/org"), { code: "network", retryable: true, cause });
    assert.match(error.message, /www\.zohoapis\.com/);
    assert.equal(sent.length, 1);
  });

  test("on the fake", async () => {
    const { fake, manager } = await setUp();
    fake.fail("api", "reset");
    const error = await rejects(manager.fetch("/crm/v8/org"), { code: "network" });
    assert.equal(/** @type {any} */ (error.cause).cause.code, "ECONNRESET");
    assert.equal((await manager.fetch("/crm/v8/org")).status, 200);
  });

  test("is redacted when its reason contains the token", async () => {
    for (const [label, reason] of Object.entries({
      header: (/** @type {string} */ header) =>
        Object.assign(new Error("failed"), { request: { headers: { header } } }),
      message: (/** @type {string} */ header) => new Error(`cannot send ${header}`),
      token: (/** @type {string} */ header) => ({ sent: header.split(" ")[1] }),
      nested: (/** @type {string} */ header) =>
        new Error("failed", { cause: new Error("failed", { cause: [header] }) }),
    })) {
      const { manager } = await recordingApi({
        profile: "zoho",
        respond: ({ authorization }) => Promise.reject(reason(String(authorization))),
      });
      const error = await rejects(manager.fetch("/crm/v8/org"), { code: "network" });
      assert.ok(error.cause instanceof Error, label);
    }
  });
});

test("each call is traced with URL, status and duration, without query and token", async () => {
  let now = 1_800_000_000_000;
  const { manager, events } = await recordingApi({
    profile: "zoho",
    config: { clock: () => now },
    respond({ url, authorization }) {
      now += 7;
      if (url.includes("broken")) throw new TypeError("fetch failed");
      if (url.includes("moved")) return new Response(null, { status: 302, headers: { location: "/crm/v8/new?q=3" } });
      const status = authorization?.endsWith(access(1)) ? 401 : 200;
      return Response.json(status === 401 ? { code: "INVALID_TOKEN" } : {}, { status });
    },
  });
  await manager.fetch("/crm/v8/Leads?criteria=secret#part");
  await rejects(manager.fetch("/broken?x=1"), { code: "network" });
  await manager.fetch("/crm/v8/moved?q=2");
  const api = (/** @type {string} */ path, /** @type {object} */ members) => ({
    step: "api",
    url: `https://www.zohoapis.com${path}`,
    durationMs: 7,
    ...members,
  });
  const [first] = events;
  const refreshes = events.filter(({ cause }) => cause === first?.id);
  assert.deepEqual(
    refreshes.map(({ phase, effect }) => `${phase} ${effect}`),
    ["loading load", "marking save", "fetching fetch", "saving save"],
  );
  assert.deepEqual(exchanges(events), [
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
  assertNoToken(events);
});
