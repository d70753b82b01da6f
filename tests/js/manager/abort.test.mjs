// A caller that aborts is rejected at once, and what other callers wait for goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { flushTasks, isPending, rejects, until } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME, setUp } from "./support/setup.mjs";
import { gate, instrumentedStore } from "./support/stores.mjs";

const REASONS = [new Error("the user left"), new DOMException("gone", "AbortError"), "a reason that is text", 42];

/** A rotating server whose response is held back, and a manager of an expired token. */
async function setUpHeld() {
  const server = rotatingServer();
  const instrumented = instrumentedStore();
  const manager = await server.managerOf(instrumented.store);
  server.time.now += LIFETIME;
  const response = gate();
  server.state.onRequest = () => response.opened.then(() => {});
  return { ...server, ...instrumented, manager, response };
}

test("with a signal that is already aborted nothing is loaded or sent", async () => {
  const { manager, state, counts } = await setUpHeld();
  const before = { ...counts };
  for (const reason of REASONS) {
    const signal = AbortSignal.abort(reason);
    await rejects(manager.accessToken({ signal }), { code: "aborted", retryable: false, cause: reason });
    await rejects(manager.fetch("https://as.example/", { signal }), { code: "aborted", cause: reason });
  }
  assert.deepEqual(counts, before);
  assert.deepEqual(state.presented, []);
});

test("a caller that aborts during the request is rejected at once; the others get the token, and the response is saved", async () => {
  for (const reason of REASONS) {
    const { manager, state, under, response } = await setUpHeld();
    const controller = new AbortController();
    const aborted = manager.accessToken({ signal: controller.signal });
    const others = [manager.accessToken(), manager.accessToken({ signal: new AbortController().signal })];
    await until(() => state.presented.length === 1);
    controller.abort(reason);
    await rejects(aborted, { code: "aborted", cause: reason });
    assert.equal(await isPending(Promise.race(others)), true);
    response.open();
    assert.deepEqual(await Promise.all(others), [access(2), access(2)]);
    assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
    assert.equal(state.presented.length, 1);
  }
});

test("when the only caller aborts, the response with the only copy of the new refresh token is still saved", async () => {
  const { manager, state, under, response } = await setUpHeld();
  const controller = new AbortController();
  const call = manager.accessToken({ signal: controller.signal });
  await until(() => state.presented.length === 1);
  controller.abort();
  await rejects(call, { code: "aborted", cause: controller.signal.reason });
  response.open();
  await flushTasks();
  assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});

test("a caller that aborts during the store's load is rejected at once, and nothing is sent", async () => {
  const { manager, state, on } = await setUpHeld();
  const reading = gate();
  on.load = (proceed) => reading.opened.then(proceed);
  const controller = new AbortController();
  const call = manager.accessToken({ signal: controller.signal });
  await flushTasks();
  controller.abort("too slow");
  await rejects(call, { code: "aborted", cause: "too slow" });
  reading.open();
  await flushTasks();
  assert.deepEqual(state.presented, []);
});

test("a caller that joined a refresh and aborts before its own starts none", async () => {
  const { manager, state, on, response } = await setUpHeld();
  const first = manager.accessToken();
  await until(() => state.presented.length === 1);
  const reading = gate();
  on.load = (proceed) => reading.opened.then(proceed);
  const controller = new AbortController();
  const second = manager.accessToken({ signal: controller.signal });
  await flushTasks();
  response.open();
  await first;
  controller.abort("too slow");
  reading.open();
  await rejects(second, { code: "aborted", cause: "too slow" });
  assert.equal(state.presented.length, 1);
});

test("a refresh that fails after its only caller aborted causes no unhandled rejection", async (t) => {
  const { manager, state, response } = await setUpHeld();
  /** @type {unknown[]} */
  const unhandled = [];
  const onUnhandled = (/** @type {unknown} */ reason) => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  t.after(() => process.off("unhandledRejection", onUnhandled));
  state.onResponse = () => Promise.reject(new Error("reset"));
  const controller = new AbortController();
  const call = manager.accessToken({ signal: controller.signal });
  await until(() => state.presented.length === 1);
  controller.abort();
  await rejects(call, { code: "aborted" });
  response.open();
  await flushTasks();
  assert.deepEqual(unhandled, []);
});

test("a call removes its listeners from the signal", async () => {
  const { manager, advance } = await setUp();
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (/** @type {any[]} */ ...values) => {
    listeners += 1;
    return Reflect.apply(addEventListener, signal, values);
  };
  signal.removeEventListener = (/** @type {any[]} */ ...values) => {
    listeners -= 1;
    return Reflect.apply(removeEventListener, signal, values);
  };
  for (let call = 0; call < 10; call += 1) {
    await manager.accessToken({ signal });
    advance(LIFETIME);
    await manager.accessToken({ signal });
  }
  assert.equal(listeners, 0);
});

test("an aborted API call rejects with the reason, before and during the request", async () => {
  const { fake, manager, calls } = await setUp();
  fake.fail("api", "slow");
  const controller = new AbortController();
  const call = manager.fetch("/crm/v8/org", { signal: controller.signal });
  await until(() => calls() === 1);
  controller.abort("too slow");
  await rejects(call, { code: "aborted", cause: "too slow" });

  fake.fail("api", "slow");
  const request = new Request("https://www.zohoapis.com/crm/v8/org", { signal: AbortSignal.abort("never") });
  await rejects(manager.fetch(request), { code: "aborted", cause: "never" });
  assert.equal(calls(), 1);
});

test("an aborted revoke rejects with the reason and deletes nothing", async () => {
  const { manager, stored, tokens } = await setUp();
  await rejects(manager.revoke({ signal: AbortSignal.abort("no") }), { code: "aborted", cause: "no" });
  assert.deepEqual((await stored()).tokens, { ...tokens });
});
