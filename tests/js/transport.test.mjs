// What may happen around one request, with a fetch that was handed in: the deadline, the caller's signal, the size cap.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { beforeEach, mock, test } from "node:test";
import { good, plain, ready, refused, settle, TOKENS } from "./support/plain.mjs";

beforeEach(ready);

/** What never comes. */
const never = () => new Promise(() => {});

/** A promise, and what resolves it. */
function signal() {
  /** @type {() => void} */
  let reach = () => {};
  const reached = new Promise((resolve) => {
    reach = () => resolve(undefined);
  });
  return { reached, reach };
}

/** Whether a promise has settled by now. @param {Promise<unknown>} promise */
async function isSettled(promise) {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  await settle();
  return settled;
}

/** @param {import("node:test").TestContext} t */
function stopTheClock(t) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
}

const TIMEOUT = /** @type {const} */ ({
  code: "timeout",
  retryable: true,
  message: "as.example did not answer within 10000 ms: try again later, or raise timeoutMs",
});

test("the deadline is over the headers", async (t) => {
  stopTheClock(t);
  /** @type {AbortSignal | null | undefined} */
  let told;
  const client = plain((_url, init) => {
    told = init.signal;
    return never();
  });
  const call = client.refreshTokenGrant(TOKENS);
  await settle();
  mock.timers.tick(9_999);
  assert.equal(await isSettled(call), false);
  assert.equal(told?.aborted, false);
  mock.timers.tick(1);
  await refused(call, TIMEOUT);
  assert.equal(told?.aborted, true, "the request is told");
});

test("the deadline is over headers and body together", async (t) => {
  stopTheClock(t);
  const { reached, reach } = signal();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from('{"access_token":')),
    pull() {
      reach();
      return never();
    },
  });
  const client = plain(async () => {
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    return new Response(body);
  });
  const call = client.refreshTokenGrant(TOKENS);
  await settle();
  mock.timers.tick(6_000);
  await reached;
  mock.timers.tick(3_999);
  assert.equal(await isSettled(call), false);
  mock.timers.tick(1);
  await refused(call, TIMEOUT);
});

test("timeoutMs is the deadline, of each attempt of a revocation too", async (t) => {
  stopTheClock(t);
  const call = plain(never, { timeoutMs: 1 }).revoke(TOKENS);
  await settle();
  mock.timers.tick(1);
  await refused(call, { code: "timeout", message: TIMEOUT.message.replace("10000", "1") });
});

test("what settles after the deadline harms nobody", async (t) => {
  stopTheClock(t);
  for (const late of [() => Promise.reject(new Error("late")), () => good()]) {
    const { reached, reach } = signal();
    const call = plain(async () => {
      await reached;
      return late();
    }).refreshTokenGrant(TOKENS);
    await settle();
    mock.timers.tick(10_000);
    await refused(call, TIMEOUT);
    reach();
    await settle();
  }
});

test("no timer is left behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  await plain(() => good()).refreshTokenGrant(TOKENS);
  await refused(plain(() => Promise.reject(new Error("no"))).refreshTokenGrant(TOKENS), { code: "network" });
  await refused(plain(never).refreshTokenGrant(TOKENS, { signal: AbortSignal.timeout(1) }), { code: "aborted" });
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

test("a signal that is aborted before sends nothing", async () => {
  for (const reason of REASONS) {
    const aborted = AbortSignal.abort(reason);
    const client = plain(() => assert.fail("sent"));
    for (const call of [
      client.refreshTokenGrant(TOKENS, { signal: aborted }),
      client.revoke(TOKENS, { signal: aborted }),
    ]) {
      const error = await refused(call, { code: "aborted", retryable: false, status: undefined });
      assert.equal(error.message, "the caller's signal aborted the call: call again without it");
      assert.ok("cause" in error && error.cause === aborted.reason, String(reason));
    }
  }
});

test("a signal that is aborted at once, in flight or while the body is read ends the call", async () => {
  const stalled = () => new Response(new ReadableStream({ pull: never }));
  for (const reason of REASONS) {
    for (const answer of [never, stalled]) {
      for (const wait of [async () => {}, settle]) {
        const controller = new AbortController();
        const call = plain(answer).refreshTokenGrant(TOKENS, { signal: controller.signal });
        await wait();
        controller.abort(reason);
        const error = await refused(call, { code: "aborted" });
        assert.equal(error.cause, controller.signal.reason);
        assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      }
    }
  }
});

test("an abort wins over what fetch says of it", async () => {
  const controller = new AbortController();
  const call = plain((_url, init) => {
    return new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(new Error("fetch's own"))));
  }).refreshTokenGrant(TOKENS, { signal: controller.signal });
  await settle();
  controller.abort("the caller's");
  assert.equal((await refused(call, { code: "aborted" })).cause, "the caller's");
});

test("no listener stays on the caller's signal", async (t) => {
  stopTheClock(t);
  const { signal } = new AbortController();
  await plain(() => good()).refreshTokenGrant(TOKENS, { signal });
  await plain(() => new Response()).revoke(TOKENS, { signal });
  await refused(plain(() => Promise.reject(1)).refreshTokenGrant(TOKENS, { signal }), { code: "network" });
  const call = plain(never).refreshTokenGrant(TOKENS, { signal });
  await settle();
  assert.equal(getEventListeners(signal, "abort").length, 1);
  mock.timers.tick(10_000);
  await refused(call, { code: "timeout" });
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a signal that is none is the caller's mistake", async () => {
  for (const signal of [{}, "signal", 1, new AbortController()]) {
    const call = plain(() => assert.fail("sent")).refreshTokenGrant(TOKENS, { signal: /** @type {any} */ (signal) });
    await refused(call, { code: "invalid_configuration", message: "signal must be an AbortSignal" });
  }
});

test("a fetch that rejects or throws is network, its reason the cause", async () => {
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
    for (const answer of [() => Promise.reject(reason), () => raise(reason)]) {
      const error = await refused(plain(answer).refreshTokenGrant(TOKENS), { code: "network", retryable: true });
      assert.equal(error.cause, reason);
      assert.match(error.message, /^no answer from as\.example: check the host name, the network and TLS/);
    }
  }
  const error = await refused(plain(() => Promise.reject()).refreshTokenGrant(TOKENS), { code: "network" });
  assert.equal("cause" in error, false);
});

/** @param {unknown} reason @returns {never} */
function raise(reason) {
  throw reason;
}

test("a fetch that resolves to something that is no Response is network", async () => {
  const used = new Response("x");
  await used.text();
  const locked = new Response("x");
  locked.body?.getReader();
  for (const answer of [
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
    const error = await refused(plain(() => answer).refreshTokenGrant(TOKENS), { code: "network", retryable: true });
    assert.ok(error.cause instanceof TypeError, String(error.cause));
  }
});

/** A body of those chunks, of whatever type. @param {unknown[]} chunks */
const bodyOf = (...chunks) => /** @type {any} */ ({ status: 200, headers: new Headers(), body: streamOf(chunks) });

/** @param {unknown[]} chunks */
function streamOf(chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

test("a Response of another make will do", async () => {
  const body = streamOf([Buffer.from('{"access_token":"at.new.55d0",'), Buffer.from('"token_type":"Bearer"}')]);
  for (const response of [
    { status: 200, headers: new Headers(), body },
    { status: 200, headers: { get: () => null }, body: streamOf([Buffer.from(await good().text())]) },
    { status: 200, body: streamOf([Buffer.from(await good().text())]) },
  ]) {
    const tokens = await plain(() => response).refreshTokenGrant(TOKENS);
    assert.equal(tokens.access_token, "at.new.55d0");
  }
});

test("a Retry-After of another make is no more than a header", async () => {
  for (const [header, retryAfter] of /** @type {const} */ ([
    ["17", 17],
    ["17\0", 17],
    ["1\0x\0y", undefined],
    ["0".repeat(99) + 7, 0],
    [null, undefined],
  ])) {
    const response = { status: 429, headers: { get: () => header }, body: null };
    await refused(plain(() => response).refreshTokenGrant(TOKENS), { code: "throttled", retryAfter });
  }
});

test("chunks that are no bytes end the call", async () => {
  for (const chunk of ["text", 1, {}, null, undefined]) {
    const error = await plain(() => bodyOf(chunk, chunk))
      .refreshTokenGrant(TOKENS)
      .catch((reason) => reason);
    assert.ok(["network", "malformed_response"].includes(error.code), `${chunk}: ${error}`);
  }
});

test("a body that breaks off with an error is network", async () => {
  const reason = new Error("broken");
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(Buffer.from('{"access_token":"at.new.55d0","token_type":"Bearer"}'));
      else controller.error(reason);
    },
  });
  const error = await refused(plain(() => new Response(body)).refreshTokenGrant(TOKENS), { code: "network" });
  assert.equal(error.cause, reason);
});

const TOO_LARGE = /** @type {const} */ ({
  code: "malformed_response",
  retryable: false,
  message: "the answer is larger than 256 KiB: check the endpoint",
});

/** A good answer of so many bytes. @param {number} size */
async function padded(size) {
  const text = await good().text();
  return Buffer.from(text + " ".repeat(size - text.length));
}

test("256 KiB are read, and not one byte more", async () => {
  const limit = 256 * 1024;
  const exact = await padded(limit);
  const larger = await padded(limit + 1);
  const pieces = (/** @type {Buffer} */ bytes, /** @type {number} */ size) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
  for (const size of [limit + 1, limit, 65_536, 1_000]) {
    const tokens = await plain(() => bodyOf(...pieces(exact, size))).refreshTokenGrant(TOKENS);
    assert.equal(tokens.access_token, "at.new.55d0", `pieces of ${size}`);
    await refused(plain(() => bodyOf(...pieces(larger, size))).refreshTokenGrant(TOKENS), TOO_LARGE);
  }
});

test("an endless body is let go after 256 KiB, whatever its stream makes of that", async () => {
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
    await refused(plain(() => new Response(body)).refreshTokenGrant(TOKENS), TOO_LARGE);
    assert.deepEqual({ pulled, cancelled }, { pulled: 17, cancelled: 1 });
  }
});

test("an endless body of empty chunks comes to an end", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array()) });
  await refused(plain(() => new Response(body)).refreshTokenGrant(TOKENS), TOO_LARGE);
});

test("empty chunks between others are passed over", async () => {
  const bytes = Buffer.from(await good().text());
  const answer = bodyOf(new Uint8Array(), bytes.subarray(0, 9), new Uint8Array(), bytes.subarray(9), new Uint8Array());
  assert.equal((await plain(() => answer).refreshTokenGrant(TOKENS)).access_token, "at.new.55d0");
});

test("fetch is called unbound, once, with a URL and an init that Workers take", async () => {
  /** @type {any[]} */
  const calls = [];
  const client = plain(
    /** @this {unknown} */
    function (...given) {
      calls.push([this, ...given]);
      return good();
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

test("an endpoint that no URL parser takes is network, not a crash", async () => {
  for (const authority of ["as.example:99999", "[::1", "as.exa<mple", "%"]) {
    const server = { issuer: "https://as.example", token_endpoint: `https://${authority}/token?x=1` };
    const call = plain((url) => fetch(url), { server }).refreshTokenGrant(TOKENS);
    const error = await refused(call, { code: "network" });
    assert.ok(error.message.startsWith(`no answer from ${authority}: `), error.message);
  }
});
