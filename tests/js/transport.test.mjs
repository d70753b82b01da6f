// One request with a configured fetch: the timeout, the caller's signal, the size limit.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { beforeEach, mock, test } from "node:test";
import { flushTasks, loadModule, plainClient, rejects, TOKENS, tokenResponse } from "./support/plain.mjs";

beforeEach(loadModule);

/** A promise that stays pending. */
const never = () => new Promise(() => {});

/** A promise and the function that resolves it. */
function signal() {
  /** @type {() => void} */
  let reach = () => {};
  const reached = new Promise((resolve) => {
    reach = () => resolve(undefined);
  });
  return { reached, reach };
}

/** Whether a promise has settled. @param {Promise<unknown>} promise */
async function isSettled(promise) {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  await flushTasks();
  return settled;
}

/** @param {import("node:test").TestContext} t */
function mockTimers(t) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
}

const TIMEOUT = /** @type {const} */ ({
  code: "timeout",
  retryable: true,
  message: "as.example did not respond within 10000 ms: try again later, or raise timeoutMs",
});

test("the timeout includes the headers", async (t) => {
  mockTimers(t);
  /** @type {AbortSignal | null | undefined} */
  let requestSignal;
  const client = plainClient((_url, init) => {
    requestSignal = init.signal;
    return never();
  });
  const call = client.refreshTokenGrant(TOKENS);
  await flushTasks();
  mock.timers.tick(9_999);
  assert.equal(await isSettled(call), false);
  assert.equal(requestSignal?.aborted, false);
  mock.timers.tick(1);
  await rejects(call, TIMEOUT);
  assert.equal(requestSignal?.aborted, true, "the request's signal is aborted");
});

test("the timeout includes headers and body together", async (t) => {
  mockTimers(t);
  const { reached, reach } = signal();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from('{"access_token":')),
    pull() {
      reach();
      return never();
    },
  });
  const client = plainClient(async () => {
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    return new Response(body);
  });
  const call = client.refreshTokenGrant(TOKENS);
  await flushTasks();
  mock.timers.tick(6_000);
  await reached;
  mock.timers.tick(3_999);
  assert.equal(await isSettled(call), false);
  mock.timers.tick(1);
  await rejects(call, TIMEOUT);
});

test("timeoutMs sets the timeout, also of each request of a revocation", async (t) => {
  mockTimers(t);
  const call = plainClient(never, { timeoutMs: 1 }).revoke(TOKENS);
  await flushTasks();
  mock.timers.tick(1);
  await rejects(call, { code: "timeout", message: TIMEOUT.message.replace("10000", "1") });
});

test("a fetch that settles after the timeout has no effect", async (t) => {
  mockTimers(t);
  for (const late of [() => Promise.reject(new Error("late")), () => tokenResponse()]) {
    const { reached, reach } = signal();
    const call = plainClient(async () => {
      await reached;
      return late();
    }).refreshTokenGrant(TOKENS);
    await flushTasks();
    mock.timers.tick(10_000);
    await rejects(call, TIMEOUT);
    reach();
    await flushTasks();
  }
});

test("no timer stays active", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  await plainClient(() => tokenResponse()).refreshTokenGrant(TOKENS);
  await rejects(plainClient(() => Promise.reject(new Error("no"))).refreshTokenGrant(TOKENS), { code: "network" });
  await rejects(plainClient(never).refreshTokenGrant(TOKENS, { signal: AbortSignal.timeout(1) }), { code: "aborted" });
  assert.equal(timers(), before);
});

const REASONS = [
  new Error("gone"),
  new DOMException("gone", "AbortError"),
  "text",
  "",
  0,
  null,
  undefined,
  Symbol("x"),
  {},
];

test("with a signal that is already aborted nothing is sent", async () => {
  for (const reason of REASONS) {
    const aborted = AbortSignal.abort(reason);
    const client = plainClient(() => assert.fail("a request was sent"));
    for (const call of [
      client.refreshTokenGrant(TOKENS, { signal: aborted }),
      client.revoke(TOKENS, { signal: aborted }),
    ]) {
      const error = await rejects(call, { code: "aborted", retryable: false, status: undefined });
      assert.equal(error.message, "the caller's signal aborted the call: call again without it");
      assert.ok("cause" in error && error.cause === aborted.reason, String(reason));
    }
  }
});

test("a signal that is aborted at once, in flight or during the body ends the call", async () => {
  const stalled = () => new Response(new ReadableStream({ pull: never }));
  for (const reason of REASONS) {
    for (const fetch of [never, stalled]) {
      for (const wait of [async () => {}, flushTasks]) {
        const controller = new AbortController();
        const call = plainClient(fetch).refreshTokenGrant(TOKENS, { signal: controller.signal });
        await wait();
        controller.abort(reason);
        const error = await rejects(call, { code: "aborted" });
        assert.equal(error.cause, controller.signal.reason);
        assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      }
    }
  }
});

test("an abort takes precedence over the error of fetch", async () => {
  const controller = new AbortController();
  const call = plainClient((_url, init) => {
    return new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(new Error("fetch's own"))));
  }).refreshTokenGrant(TOKENS, { signal: controller.signal });
  await flushTasks();
  controller.abort("the caller's");
  assert.equal((await rejects(call, { code: "aborted" })).cause, "the caller's");
});

test("the call removes its listener from the caller's signal", async (t) => {
  mockTimers(t);
  const { signal } = new AbortController();
  await plainClient(() => tokenResponse()).refreshTokenGrant(TOKENS, { signal });
  await plainClient(() => new Response()).revoke(TOKENS, { signal });
  await rejects(plainClient(() => Promise.reject(1)).refreshTokenGrant(TOKENS, { signal }), { code: "network" });
  const call = plainClient(never).refreshTokenGrant(TOKENS, { signal });
  await flushTasks();
  assert.equal(getEventListeners(signal, "abort").length, 1);
  mock.timers.tick(10_000);
  await rejects(call, { code: "timeout" });
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("an invalid signal is invalid_configuration", async () => {
  for (const signal of [{}, "signal", 1, new AbortController()]) {
    const call = plainClient(() => assert.fail("a request was sent")).refreshTokenGrant(TOKENS, {
      signal: /** @type {any} */ (signal),
    });
    await rejects(call, {
      code: "invalid_configuration",
      message: "signal is not an AbortSignal: pass one, or omit it",
    });
  }
});

test("a fetch that rejects or throws is a network error with the reason as its cause", async () => {
  for (const reason of [
    new TypeError("fetch failed"),
    Object.freeze(new Error("frozen")),
    "text",
    "",
    0,
    null,
    false,
    {},
  ]) {
    for (const fetch of [() => Promise.reject(reason), () => raise(reason)]) {
      const error = await rejects(plainClient(fetch).refreshTokenGrant(TOKENS), { code: "network", retryable: true });
      assert.equal(error.cause, reason);
      assert.match(error.message, /^no response from as\.example: check the host name, the network and TLS/);
    }
  }
  const error = await rejects(plainClient(() => Promise.reject()).refreshTokenGrant(TOKENS), { code: "network" });
  assert.equal("cause" in error, false);
});

/** @param {unknown} reason @returns {never} */
function raise(reason) {
  throw reason;
}

test("a fetch that resolves to something other than a Response is a network error", async () => {
  const used = new Response("x");
  await used.text();
  const locked = new Response("x");
  locked.body?.getReader();
  for (const response of [
    undefined,
    null,
    0,
    "text",
    {},
    [],
    { status: "200" },
    new Map(),
    Response.error(),
    used,
    locked,
  ]) {
    const error = await rejects(plainClient(() => response).refreshTokenGrant(TOKENS), {
      code: "network",
      retryable: true,
    });
    assert.ok(error.cause instanceof TypeError, String(error.cause));
  }
});

/** A response whose body has those chunks. @param {unknown[]} chunks */
const responseOf = (...chunks) => /** @type {any} */ ({ status: 200, headers: new Headers(), body: streamOf(chunks) });

/** @param {unknown[]} chunks */
function streamOf(chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

test("a Response of another class is accepted", async () => {
  const body = streamOf([Buffer.from('{"access_token":"at.new.55d0",'), Buffer.from('"token_type":"Bearer"}')]);
  for (const response of [
    { status: 200, headers: new Headers(), body },
    { status: 200, headers: { get: () => null }, body: streamOf([Buffer.from(await tokenResponse().text())]) },
    { status: 200, body: streamOf([Buffer.from(await tokenResponse().text())]) },
  ]) {
    const tokens = await plainClient(() => response).refreshTokenGrant(TOKENS);
    assert.equal(tokens.access_token, "at.new.55d0");
  }
});

test("an invalid Retry-After is ignored, and a minute is in its place", async () => {
  for (const [header, retryAfter] of /** @type {const} */ ([
    ["17", 17],
    ["17\0", 17],
    ["1\0x\0y", 60],
    ["0".repeat(99) + 7, 0],
    [null, 60],
  ])) {
    const response = { status: 429, headers: { get: () => header }, body: null };
    await rejects(plainClient(() => response).refreshTokenGrant(TOKENS), { code: "throttled", retryAfter });
  }
});

test("a chunk that is not bytes ends the call", async () => {
  for (const chunk of ["text", 1, {}, null, undefined]) {
    const error = await plainClient(() => responseOf(chunk, chunk))
      .refreshTokenGrant(TOKENS)
      .catch((reason) => reason);
    assert.ok(["network", "malformed_response"].includes(error.code), `${chunk}: ${error}`);
  }
});

test("a body that fails is a network error", async () => {
  const reason = new Error("broken");
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(Buffer.from('{"access_token":"at.new.55d0","token_type":"Bearer"}'));
      else controller.error(reason);
    },
  });
  const error = await rejects(plainClient(() => new Response(body)).refreshTokenGrant(TOKENS), { code: "network" });
  assert.equal(error.cause, reason);
});

const TOO_LARGE = /** @type {const} */ ({
  code: "malformed_response",
  retryable: false,
  message: "the response is larger than 256 KiB: check the endpoint",
});

/** A token response padded to `size` bytes. @param {number} size */
async function padded(size) {
  const text = await tokenResponse().text();
  return Buffer.from(text + " ".repeat(size - text.length));
}

test("at most 256 KiB are read", async () => {
  const limit = 256 * 1024;
  const exact = await padded(limit);
  const larger = await padded(limit + 1);
  const chunks = (/** @type {Buffer} */ bytes, /** @type {number} */ size) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
  for (const size of [limit + 1, limit, 65_536, 1_000]) {
    const tokens = await plainClient(() => responseOf(...chunks(exact, size))).refreshTokenGrant(TOKENS);
    assert.equal(tokens.access_token, "at.new.55d0", `chunks of ${size}`);
    await rejects(plainClient(() => responseOf(...chunks(larger, size))).refreshTokenGrant(TOKENS), TOO_LARGE);
  }
});

test("a body without an end is cancelled after 256 KiB, even if its cancel fails", async () => {
  for (const cancel of [() => {}, never, () => Promise.reject(new Error("no"))]) {
    let pulled = 0;
    let cancelled = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(16 * 1024));
        },
        cancel() {
          cancelled += 1;
          return cancel();
        },
      },
      { highWaterMark: 0 },
    );
    await rejects(plainClient(() => new Response(body)).refreshTokenGrant(TOKENS), TOO_LARGE);
    assert.deepEqual({ pulled, cancelled }, { pulled: 17, cancelled: 1 });
  }
});

test("an endless body of empty chunks ends the call", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array()) });
  await rejects(plainClient(() => new Response(body)).refreshTokenGrant(TOKENS), TOO_LARGE);
});

test("empty chunks between others are skipped", async () => {
  const bytes = Buffer.from(await tokenResponse().text());
  const response = responseOf(
    new Uint8Array(),
    bytes.subarray(0, 9),
    new Uint8Array(),
    bytes.subarray(9),
    new Uint8Array(),
  );
  assert.equal((await plainClient(() => response).refreshTokenGrant(TOKENS)).access_token, "at.new.55d0");
});

test("fetch is called once, unbound, with a URL and an init that Workers accept", async () => {
  /** @type {any[]} */
  const calls = [];
  const client = plainClient(
    /** @this {unknown} */
    function (...values) {
      calls.push([this, ...values]);
      return tokenResponse();
    },
  );
  await client.refreshTokenGrant(TOKENS);
  const [[self, url, { signal, ...init }], ...more] = calls;
  assert.deepEqual([self, url, more], [undefined, "https://as.example/token", []]);
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual(init, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=refresh_token&refresh_token=rt.stored.a20e&client_id=plain&client_secret=plain-secret-31c8",
    redirect: "manual",
  });
});

test("an endpoint that no URL parser accepts is a network error, not a crash", async () => {
  for (const authority of ["as.example:99999", "[::1", "as.exa<mple", "%"]) {
    const server = { issuer: "https://as.example", token_endpoint: `https://${authority}/token?x=1` };
    const call = plainClient((url) => fetch(url), { server }).refreshTokenGrant(TOKENS);
    const error = await rejects(call, { code: "network" });
    assert.ok(error.message.startsWith(`no response from ${authority}: `), error.message);
  }
});
