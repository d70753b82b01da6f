// A caller who goes away is let go at once, and takes nothing along that others wait for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, refused, settle, until } from "./support/expect.mjs";
import { access, refresh, rotatingServer } from "./support/rotating.mjs";
import { gate, tampered } from "./support/stores.mjs";
import { LIFE, world } from "./support/world.mjs";

const REASONS = [new Error("the user left"), new DOMException("gone", "AbortError"), "a reason that is text", 42];

/** A rotating server whose answer is held back, and a manager of an expired token. */
async function held() {
  const server = rotatingServer();
  const tampering = tampered();
  const manager = await server.begin(tampering.store);
  server.time.now += LIFE;
  const answer = gate();
  server.state.during = () => answer.opened.then(() => {});
  return { ...server, ...tampering, manager, answer };
}

test("a signal that is already aborted: nothing is loaded, nothing sent", async () => {
  const { manager, state, counts } = await held();
  const before = { ...counts };
  for (const reason of REASONS) {
    const signal = AbortSignal.abort(reason);
    await refused(manager.accessToken({ signal }), { code: "aborted", retryable: false, cause: reason });
    await refused(manager.fetch("https://as.example/", { signal }), { code: "aborted", cause: reason });
  }
  assert.deepEqual(counts, before);
  assert.deepEqual(state.presented, []);
});

test("a caller aborts while the request is in flight: it rejects at once, the others get the token, the answer is saved", async () => {
  for (const reason of REASONS) {
    const { manager, state, under, answer } = await held();
    const controller = new AbortController();
    const impatient = manager.accessToken({ signal: controller.signal });
    const patient = [manager.accessToken(), manager.accessToken({ signal: new AbortController().signal })];
    await until(() => state.presented.length === 1);
    controller.abort(reason);
    await refused(impatient, { code: "aborted", cause: reason });
    assert.equal(await isPending(Promise.race(patient)), true);
    answer.open();
    assert.deepEqual(await Promise.all(patient), [access(2), access(2)]);
    assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
    assert.equal(state.presented.length, 1);
  }
});

test("the only caller aborts: the answer, with the only copy of the new refresh token, is saved all the same", async () => {
  const { manager, state, under, answer } = await held();
  const controller = new AbortController();
  const call = manager.accessToken({ signal: controller.signal });
  await until(() => state.presented.length === 1);
  controller.abort();
  await refused(call, { code: "aborted", cause: controller.signal.reason });
  answer.open();
  await settle();
  assert.equal((await under.load("default"))?.tokens.refresh_token, refresh(2));
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});

test("a caller aborts while the store is still being read: it rejects at once, and nothing is sent for it", async () => {
  const { manager, state, on } = await held();
  const reading = gate();
  on.load = (proceed) => reading.opened.then(proceed);
  const controller = new AbortController();
  const call = manager.accessToken({ signal: controller.signal });
  await settle();
  controller.abort("too slow");
  await refused(call, { code: "aborted", cause: "too slow" });
  reading.open();
  await settle();
  assert.deepEqual(state.presented, []);
});

test("a caller who joins, and aborts between one refresh and its own, starts none", async () => {
  const { manager, state, on, answer } = await held();
  const first = manager.accessToken();
  await until(() => state.presented.length === 1);
  const reading = gate();
  on.load = (proceed) => reading.opened.then(proceed);
  const controller = new AbortController();
  const second = manager.accessToken({ signal: controller.signal });
  await settle();
  answer.open();
  await first;
  controller.abort("too slow");
  reading.open();
  await refused(second, { code: "aborted", cause: "too slow" });
  assert.equal(state.presented.length, 1);
});

test("a refresh that fails after its only caller went away disturbs nobody", async (t) => {
  const { manager, state, answer } = await held();
  /** @type {unknown[]} */
  const unhandled = [];
  const notice = (/** @type {unknown} */ reason) => void unhandled.push(reason);
  process.on("unhandledRejection", notice);
  t.after(() => process.off("unhandledRejection", notice));
  state.after = () => Promise.reject(new Error("reset"));
  const controller = new AbortController();
  const call = manager.accessToken({ signal: controller.signal });
  await until(() => state.presented.length === 1);
  controller.abort();
  await refused(call, { code: "aborted" });
  answer.open();
  await settle();
  assert.deepEqual(unhandled, []);
});

test("a signal leaves no listener behind", async () => {
  const { manager, advance } = await world();
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
    advance(LIFE);
    await manager.accessToken({ signal });
  }
  assert.equal(listeners, 0);
});

test("a call of the API that is aborted rejects with the reason, wherever it is", async () => {
  const { fake, manager, calls } = await world();
  fake.fail("api", "slow");
  const controller = new AbortController();
  const call = manager.fetch("/crm/v8/org", { signal: controller.signal });
  await until(() => calls() === 1);
  controller.abort("too slow");
  await refused(call, { code: "aborted", cause: "too slow" });

  fake.fail("api", "slow");
  const request = new Request("https://www.zohoapis.com/crm/v8/org", { signal: AbortSignal.abort("never") });
  await refused(manager.fetch(request), { code: "aborted", cause: "never" });
  assert.equal(calls(), 1);
});

test("revoke is aborted as the client's is, and then nothing is forgotten", async () => {
  const { manager, stored, tokens } = await world();
  await refused(manager.revoke({ signal: AbortSignal.abort("no") }), { code: "aborted", cause: "no" });
  assert.deepEqual((await stored()).tokens, { ...tokens });
});
