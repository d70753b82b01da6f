import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CLIENT, NOW } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

/** Seconds before expiry at which the alarm rings. */
const [LATEST, EARLIEST] = [600, 660];

/**
 * Does something, and asserts for how many seconds later the alarm is then set by the clock of the runtime.
 *
 * @param {(method: string, ...values: unknown[]) => Promise<any>} tell
 * @param {[least: number, most: number]} range
 * @param {() => Promise<unknown>} deed
 */
async function setsAlarm(tell, [least, most], deed) {
  const before = Date.now();
  await deed();
  const [alarm, after] = [await tell("alarmAt"), Date.now()];
  const [from, to] = [before + (least - 1) * 1000, after + (most + 1) * 1000];
  assert.ok(from <= alarm && alarm <= to, `${alarm} is not from ${from} to ${to}`);
}

test("the alarm refreshes ahead of expiry and sets the next one, and callers find a token that is fresh", async () => {
  const { vault, refreshes } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await setsAlarm(tell, [3600 - EARLIEST, 3600 - LATEST], connect);
  await pass(3600 - LATEST);
  await setsAlarm(tell, [3600 - EARLIEST, 3600 - LATEST], () => tell("ring"));
  assert.equal(refreshes(), 1);
  await pass(LATEST - 330);
  // The latest time at which the first token would have been handed out.
  assert.equal((await tell("accessToken")).expires_at, NOW + 3600 - LATEST + 3600);
  assert.equal(refreshes(), 1);
});

test("an alarm that rings twice, or too early, refreshes once", async () => {
  const { vault, refreshes } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(1000);
  await setsAlarm(tell, [2600 - EARLIEST, 2600 - LATEST], () => tell("ring"));
  assert.equal(refreshes(), 0);
  await pass(2600 - LATEST);
  await tell("ring");
  await setsAlarm(tell, [3600 - EARLIEST, 3600 - LATEST], () => tell("ring"));
  assert.equal(refreshes(), 1);
});

test("the runtime's own alarm rings", async () => {
  const { vault, refreshes } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3000);
  await tell("set", { rings: true });
  const due = Date.now();
  await tell("setAlarm", due);
  let next;
  do next = await tell("alarmAt");
  while (next === null || next <= due);
  assert.equal(refreshes(), 1);
  assert.equal((await tell("record")).tokens.expires_at, NOW + 6600);
});

test("an alarm during a refresh joins it", async () => {
  const { ask, vault, refreshes, keepAnswer } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  const { given, release } = keepAnswer();
  const waiting = ask("first", "ada", "accessToken");
  await given;
  const ringing = ask("second", "ada", "ring");
  while ((await tell("alarmAt")) !== null);
  release();
  assert.equal((await waiting).value.expires_at, NOW + 7200);
  assert.deepEqual(await ringing, {});
  assert.equal(refreshes(), 1);
});

test("failures are answered with longer and longer pauses, which outlive the runtime", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3600 - LATEST);
  const { access_token } = await tell("accessToken");
  fake.fail("token", "http_503", 4);
  let now = NOW + 3600 - LATEST;
  for (const [failures, pause] of [5, 10, 20, 40].entries()) {
    await setsAlarm(tell, [pause, Math.round(pause * 1.1)], () => tell("ring"));
    assert.equal(refreshes(), failures + 1);
    const { failure, retry_at, connected } = await tell("status");
    assert.deepEqual([failure, connected], ["unexpected_response", true]);
    const wait = retry_at - now;
    assert.ok(pause <= wait && wait <= Math.round(pause * 1.1), `${wait} s after ${failures + 1} failures`);
    await fleet.restart();
    await tell("ring");
    assert.equal((await tell("accessToken")).access_token, access_token);
    assert.equal(refreshes(), failures + 1, "nobody asks before the pause is over");
    await pass(wait);
    now += wait;
  }
  await tell("ring");
  assert.equal(refreshes(), 5);
  const { failure, retry_at } = await tell("status");
  assert.deepEqual([failure, retry_at], [undefined, undefined]);

  await pass(3000);
  fake.fail("token", "truncated");
  await setsAlarm(tell, [5, 6], () => tell("ring"));
  assert.equal((await tell("status")).failure, "malformed_response");
});

test("a caller whose refresh fails gets the token that is still good, and without one the failure", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  const { access_token } = (await tell("record")).tokens;
  await pass(3600 - 200);
  fake.fail("token", "http_500_html", 2);
  assert.equal((await tell("accessToken")).access_token, access_token);
  assert.equal(refreshes(), 1);
  assert.equal((await refused("accessToken", { minValidity: 201 })).error.code, "unexpected_response");
  assert.equal((await tell("accessToken", { minValidity: 199 })).access_token, access_token);
  assert.equal(refreshes(), 1);
  await pass(200);
  assert.equal((await refused("accessToken")).error.code, "unexpected_response");
  assert.equal(refreshes(), 2);
});

test("a throttle is waited for as long as the server wants", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  fake.fail("token", "throttle_localised");
  await setsAlarm(tell, [600, 600], () => tell("ring"));
  const status = await tell("status");
  assert.deepEqual([status.connected, status.failure, status.retry_at], [true, "throttled", NOW + 4200]);
  await fleet.restart();
  await pass(599);
  const { error } = await refused("accessToken");
  assert.deepEqual([error.code, error.retryable, error.retryAfter], ["throttled", true, 1]);
  assert.equal(refreshes(), 1);
  await pass(1);
  assert.equal((await tell("accessToken")).expires_at, NOW + 7800);
  assert.equal(refreshes(), 2);
});

test("a budget that is spent is waited for", async () => {
  const { vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  for (let spent = 1; spent <= 10; spent += 1) {
    await pass(1);
    await tell("accessToken", { minValidity: 3600 });
  }
  assert.equal((await tell("status")).requests_left, 0);
  await pass(1);
  const { error } = await refused("accessToken", { minValidity: 3600 });
  assert.deepEqual([error.code, error.retryAfter], ["throttled", 600]);
  assert.equal((await tell("accessToken")).expires_at, NOW + 3610);
  assert.equal(refreshes(), 10);
});

test("a grant that is dead has no alarm, and is said to be over", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  await pass(3600 - LATEST);
  fake.revokeAll();
  await tell("ring");
  assert.equal(refreshes(), 1);
  assert.equal(await tell("alarmAt"), null);
  const { connected, failure, retry_at } = await tell("status");
  assert.deepEqual([connected, failure, retry_at], [false, "reauthorization_required", undefined]);
  await pass(LATEST);
  await tell("ring");
  assert.equal((await refused("accessToken")).error.code, "reauthorization_required");
  assert.deepEqual([refreshes(), await tell("alarmAt")], [1, null]);

  await connect();
  const status = await tell("status");
  assert.deepEqual([status.connected, status.failure], [true, undefined]);
  assert.equal(typeof (await tell("alarmAt")), "number");
});

test("a client that is not configured is looked at again, and a bug is the runtime's to report", async () => {
  const { vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  await tell("configure", { client_id: "" });
  await fleet.restart();
  await setsAlarm(tell, [300, 300], () => tell("ring"));
  assert.equal((await refused("accessToken")).error.code, "invalid_configuration");
  await tell("configure", { bug: "no such binding" });
  await fleet.restart();
  for (const method of ["ring", "accessToken", "status"]) {
    const { raw, error } = await refused(method);
    assert.deepEqual([raw.message, error], ["no such binding", undefined]);
  }
  await tell("configure", { client_id: CLIENT.client_id });
  await fleet.restart();
  await tell("ring");
  assert.deepEqual([(await tell("accessToken")).expires_at, refreshes()], [NOW + 7200, 1]);
});
