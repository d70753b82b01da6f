// Which failures a stored token outlives: a vault decides as a TokenManager does.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { LIFETIME, setUp } from "../manager/support/setup.mjs";
import { instrumentedStore } from "../manager/support/stores.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

/** Seconds that the stored token is still valid: less than the leeway. */
const LEFT = 200;

/** @typedef {import("grantkit/testing").FakeZoho} FakeZoho */
/** What a caller gets where the refresh fails so: the stored token, or an error. @type {[failure: string, (fake: FakeZoho) => void, expected: string][]} */
const FAILURES = [
  ["the server is down", (fake) => fake.fail("token", "http_503"), "the stored token"],
  ["the response is cut off", (fake) => fake.fail("token", "truncated"), "the stored token"],
  ["the server throttles", (fake) => fake.fail("token", "throttle"), "the stored token"],
  ["the grant is revoked", (fake) => fake.revokeAll(), "reauthorization_required"],
  ["the new tokens cannot be saved", () => {}, "store"],
];

/** @param {(fake: FakeZoho) => void} fail */
async function withManager(fail, failsToSave = false) {
  const { store, on } = instrumentedStore();
  const { manager, fake, tokens, advance } = await setUp({ store });
  advance(LIFETIME - LEFT);
  fail(fake);
  if (failsToSave) {
    on.save = async (proceed, record) => {
      if (record.refreshing_since !== undefined) return proceed();
      throw new Error("the disk is full");
    };
  }
  return manager.accessToken().then(
    (token) => (token === tokens.access_token ? "the stored token" : "a new token"),
    (error) => error.code,
  );
}

/** @param {(fake: FakeZoho) => void} fail */
async function withVault(fail, failsToSave = false) {
  const { fake, vault, invokeThrough } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  const { tokens } = await invoke("record");
  await advance(LIFETIME - LEFT);
  fail(fake);
  // The save that marks the refresh succeeds.
  if (failsToSave) await invoke("set", { passingSaves: 1, failingSaves: 1 });
  const { value, thrown } = await invokeThrough("first", "ada", "accessToken");
  if (thrown) return thrown.error.code;
  return value.access_token === tokens.access_token ? "the stored token" : "a new token";
}

for (const [failure, fail, expected] of FAILURES) {
  test(`${failure}: ${expected}`, async () => {
    const failsToSave = expected === "store";
    assert.equal(await withManager(fail, failsToSave), expected);
    assert.equal(await withVault(fail, failsToSave), expected);
  });
}
