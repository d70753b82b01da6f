import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CLIENT, NOW } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

/** Seconds before expiry at which the alarm fires. */
const [LATEST, EARLIEST] = [600, 660];

/**
 * Runs an action, then asserts how many seconds later, by the runtime's clock, the alarm is set.
 *
 * @param {(method: string, ...values: unknown[]) => Promise<any>} invoke
 * @param {[least: number, most: number]} range
 * @param {() => Promise<unknown>} action
 */
async function assertSetsAlarm(invoke, [least, most], action) {
  const before = Date.now();
  await action();
  const [alarm, after] = [await invoke("alarmAt"), Date.now()];
  const [from, to] = [before + (least - 1) * 1000, after + (most + 1) * 1000];
  assert.ok(from <= alarm && alarm <= to, `${alarm} is not from ${from} to ${to}`);
}

test("the alarm refreshes before expiry and sets the next alarm, and callers get a fresh token", async () => {
  const { vault, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await assertSetsAlarm(invoke, [3600 - EARLIEST, 3600 - LATEST], connect);
  await advance(3600 - LATEST);
  await assertSetsAlarm(invoke, [3600 - EARLIEST, 3600 - LATEST], () => invoke("fireAlarm"));
  assert.equal(refreshes(), 1);
  await advance(LATEST - 330);
  // Until this time the vault would have returned the first token.
  assert.equal((await invoke("accessToken")).expires_at, NOW + 3600 - LATEST + 3600);
  assert.equal(refreshes(), 1);
});

test("an alarm that fires twice, or too early, refreshes once", async () => {
  const { vault, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(1000);
  await assertSetsAlarm(invoke, [2600 - EARLIEST, 2600 - LATEST], () => invoke("fireAlarm"));
  assert.equal(refreshes(), 0);
  await advance(2600 - LATEST);
  await invoke("fireAlarm");
  await assertSetsAlarm(invoke, [3600 - EARLIEST, 3600 - LATEST], () => invoke("fireAlarm"));
  assert.equal(refreshes(), 1);
});

test("the runtime fires the alarm", async () => {
  const { vault, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3000);
  const before = Date.now();
  await invoke("awaitAlarm");
  assert.ok((await invoke("alarmAt")) > before, "it sets the next one");
  assert.equal(refreshes(), 1);
  assert.equal((await invoke("record")).tokens.expires_at, NOW + 6600);
});

test("an alarm during a refresh joins it", async () => {
  const { invokeThrough, vault, refreshes, holdResponse } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  const { responded, release } = holdResponse();
  const caller = invokeThrough("first", "ada", "accessToken");
  await responded;
  const earlier = await invoke("alarmAt");
  const alarm = invokeThrough("second", "ada", "fireAlarm");
  // The alarm sets one in case it fails, and then joins.
  let next = null;
  while (next === null || next === earlier) next = await invoke("alarmAt");
  release();
  assert.equal((await caller).value.expires_at, NOW + 7200);
  assert.deepEqual(await alarm, {});
  assert.equal(refreshes(), 1);
  const wait = (await invoke("alarmAt")) - Date.now();
  assert.ok(wait > (3600 - EARLIEST - 60) * 1000, `the refresh replaces the alarm: ${wait} ms`);
});

test("each failure doubles the pause, and a pause survives a restart of the runtime", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600 - LATEST);
  const { access_token } = await invoke("accessToken");
  fake.fail("token", "http_503", 4);
  let now = NOW + 3600 - LATEST;
  for (const [failures, pause] of [5, 10, 20, 40].entries()) {
    await assertSetsAlarm(invoke, [pause, Math.round(pause * 1.1)], () => invoke("fireAlarm"));
    assert.equal(refreshes(), failures + 1);
    const { failure, retry_at, connected } = await invoke("status");
    assert.deepEqual([failure, connected], ["unexpected_response", true]);
    const wait = retry_at - now;
    assert.ok(pause <= wait && wait <= Math.round(pause * 1.1), `${wait} s after ${failures + 1} failures`);
    await fleet.restart();
    await invoke("fireAlarm");
    assert.equal((await invoke("accessToken")).access_token, access_token);
    assert.equal(refreshes(), failures + 1, "no refresh before the pause ends");
    await advance(wait);
    now += wait;
  }
  await invoke("fireAlarm");
  assert.equal(refreshes(), 5);
  const { failure, retry_at } = await invoke("status");
  assert.deepEqual([failure, retry_at], [undefined, undefined]);

  await advance(3000);
  fake.fail("token", "truncated");
  await assertSetsAlarm(invoke, [5, 6], () => invoke("fireAlarm"));
  assert.equal((await invoke("status")).failure, "malformed_response");
});

test("when a refresh fails, the caller gets the token that is still valid, or else the error", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  const { access_token } = (await invoke("record")).tokens;
  await advance(3600 - 200);
  fake.fail("token", "http_500_html", 2);
  assert.equal((await invoke("accessToken")).access_token, access_token);
  assert.equal(refreshes(), 1);
  assert.equal((await rejection("accessToken", { minValidity: 201 })).error.code, "unexpected_response");
  assert.equal((await invoke("accessToken", { minValidity: 199 })).access_token, access_token);
  assert.equal(refreshes(), 1);
  await advance(200);
  assert.equal((await rejection("accessToken")).error.code, "unexpected_response");
  assert.equal(refreshes(), 2);
});

test("a throttled vault waits as long as the server demands", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  fake.fail("token", "throttle_localised");
  await assertSetsAlarm(invoke, [600, 600], () => invoke("fireAlarm"));
  const status = await invoke("status");
  assert.deepEqual([status.connected, status.failure, status.retry_at], [true, "throttled", NOW + 4200]);
  await fleet.restart();
  await advance(599);
  const { error } = await rejection("accessToken");
  assert.deepEqual([error.code, error.retryable, error.retryAfter], ["throttled", true, 1]);
  assert.equal(refreshes(), 1);
  await advance(1);
  assert.equal((await invoke("accessToken")).expires_at, NOW + 7800);
  assert.equal(refreshes(), 2);
});

test("without requests left, the vault waits until the window has room", async () => {
  const { vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  for (let spent = 1; spent <= 10; spent += 1) {
    await advance(1);
    await invoke("accessToken", { minValidity: 3600 });
  }
  assert.equal((await invoke("status")).requests_left, 0);
  await advance(1);
  const { error } = await rejection("accessToken", { minValidity: 3600 });
  assert.deepEqual([error.code, error.retryAfter], ["throttled", 600]);
  assert.equal((await invoke("accessToken")).expires_at, NOW + 3610);
  assert.equal(refreshes(), 10);
});

test("a revoked grant has no alarm, and status reports that it is not connected", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  await advance(3600 - LATEST);
  fake.revokeAll();
  await invoke("fireAlarm");
  assert.equal(refreshes(), 1);
  assert.equal(await invoke("alarmAt"), null);
  const { connected, failure, retry_at } = await invoke("status");
  assert.deepEqual([connected, failure, retry_at], [false, "reauthorization_required", undefined]);
  await advance(LATEST);
  await invoke("fireAlarm");
  assert.equal((await rejection("accessToken")).error.code, "reauthorization_required");
  assert.deepEqual([refreshes(), await invoke("alarmAt")], [1, null]);

  await connect();
  const status = await invoke("status");
  assert.deepEqual([status.connected, status.failure], [true, undefined]);
  assert.equal(typeof (await invoke("alarmAt")), "number");
});

test("an invalid client configuration is tried again, and a bug in client() is thrown unchanged", async () => {
  const { vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  await invoke("configure", { client_id: "" });
  await fleet.restart();
  await assertSetsAlarm(invoke, [300, 300], () => invoke("fireAlarm"));
  assert.equal((await rejection("accessToken")).error.code, "invalid_configuration");
  await invoke("configure", { bug: "no such binding" });
  await fleet.restart();
  for (const method of ["fireAlarm", "accessToken", "status"]) {
    const { raw, error } = await rejection(method);
    assert.deepEqual([raw.message, error], ["no such binding", undefined]);
  }
  await invoke("configure", { client_id: CLIENT.client_id });
  await fleet.restart();
  await invoke("fireAlarm");
  assert.deepEqual([(await invoke("accessToken")).expires_at, refreshes()], [NOW + 7200, 1]);
});
