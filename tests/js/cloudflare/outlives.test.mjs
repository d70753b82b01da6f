// Which failures a stored token outlives: a vault decides as a TokenManager does.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { until } from "../manager/support/expect.mjs";
import { LIFETIME, setUp } from "../manager/support/setup.mjs";
import { failSaves, instrumentedStore } from "../manager/support/stores.mjs";
import { passingTime } from "../manager/support/time.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

/** Seconds that the stored token is still valid: less than the leeway. */
const LEFT = 200;
/** Seconds after which a vault no longer tries to save tokens. */
const SAVING = 30;

/** @typedef {import("grantkit/testing").FakeZoho} FakeZoho */
/** What a caller gets where the refresh fails so: the stored token, or an error. @type {[failure: string, (fake: FakeZoho) => void, expected: string][]} */
const FAILURES = [
  ["the server is down", (fake) => fake.fail("token", "http_503"), "the stored token"],
  ["the response is cut off", (fake) => fake.fail("token", "truncated"), "the stored token"],
  ["the server throttles", (fake) => fake.fail("token", "throttle"), "the stored token"],
  ["the grant is revoked", (fake) => fake.revokeAll(), "reauthorization_required"],
  ["the new tokens cannot be saved", () => {}, "store"],
];

/** @param {import("node:test").TestContext} t @param {(fake: FakeZoho) => void} fail */
async function withManager(t, fail, failsToSave = false) {
  const { store, on } = instrumentedStore();
  const { manager, fake, tokens, advance } = await setUp({ store });
  const passing = passingTime(t, () => advance(1));
  advance(LIFETIME - LEFT);
  fail(fake);
  if (failsToSave) {
    failSaves(on);
  }
  const result = manager.accessToken().then(
    (token) => (token === tokens.access_token ? "the stored token" : "a new token"),
    (error) => error.code,
  );
  return passing(result).finally(() => t.mock.timers.reset());
}

/** @param {(fake: FakeZoho) => void} fail */
async function withVault(fail, failsToSave = false) {
  const { fake, vault, invokeThrough, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  const { tokens } = await invoke("record");
  await advance(LIFETIME - LEFT);
  fail(fake);
  // The save that marks the refresh succeeds.
  if (failsToSave) await invoke("set", { passingSaves: 1, failingSaves: 99 });
  const call = invokeThrough("first", "ada", "accessToken");
  if (failsToSave) {
    await until(() => refreshes() === 1);
    await advance(SAVING);
  }
  const { value, thrown } = await call;
  if (thrown) return thrown.error.code;
  return value.access_token === tokens.access_token ? "the stored token" : "a new token";
}

for (const [failure, fail, expected] of FAILURES) {
  test(`${failure}: ${expected}`, async (t) => {
    const failsToSave = expected === "store";
    assert.equal(await withManager(t, fail, failsToSave), expected);
    assert.equal(await withVault(fail, failsToSave), expected);
  });
}
