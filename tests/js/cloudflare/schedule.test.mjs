import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { OAuthClient, zoho } from "grantkit";
import { OAuthError } from "../../../pkg/errors.js";
import { settingsOf } from "../../../pkg/settings.js";
import { ALARM_RETRY, due, failureOf, nextAlarm, paused, statusOf } from "../../../pkg/vault-schedule.js";

const NOW = 1_800_000_000;

const settings = await settingsOf(new OAuthClient({ server: zoho(), client_id: "1000.A" }));

/** @typedef {import("../../../pkg/vault-schedule.js").VaultRecord} VaultRecord */

/** @param {number | undefined} left seconds @param {Partial<VaultRecord>} [members] @returns {VaultRecord} */
const record = (left, members) => ({
  version: 7,
  tokens: {
    access_token: "a",
    token_type: "Bearer",
    refresh_token: "r",
    ...(left !== undefined && { expires_at: NOW + left }),
  },
  requests: [],
  ...members,
});

const down = new OAuthError("unexpected_response", "down", { status: 503, retryable: true });

test("the alarm is ten to eleven minutes before expiry, or at half of the time left", () => {
  for (const [left, random, expected] of [
    [3600, 0, 3000],
    [3600, 1, 2940],
    [1200, 0, 600],
    [1000, 0, 500],
    [300, 0, 150],
    [40, 0, 30],
    [0, 0, 30],
    [-5000, 1, 30],
  ]) {
    assert.equal(
      nextAlarm(settings, record(left), undefined, NOW, random ?? 0),
      (expected ?? 0) * 1000,
      `${left} s left`,
    );
  }
});

test("there is no alarm when a refresh is impossible", () => {
  const tokens = { access_token: "a", token_type: "Bearer", expires_at: NOW + 3600 };
  for (const unusable of [
    undefined,
    record(undefined),
    record(3600, { tokens }),
    record(3600, { rejected_at: NOW }),
    record(3600, { rejected_at: 0 }),
  ]) {
    assert.equal(nextAlarm(settings, unusable, undefined, NOW, 0), undefined);
    assert.equal(
      nextAlarm(settings, unusable && { ...unusable, tokens, hold_until: NOW + 5 }, down, NOW, 0),
      undefined,
    );
  }
});

test("after a failure the alarm waits for hold_until or retryAfter", () => {
  const throttled = new OAuthError("throttled", "wait", { retryAfter: 590 });
  assert.equal(nextAlarm(settings, record(10, { hold_until: NOW + 5 }), throttled, NOW, 0), 5_000);
  assert.equal(nextAlarm(settings, record(10, { hold_until: NOW }), throttled, NOW, 0), 590_000);
  assert.equal(nextAlarm(settings, record(10), new OAuthError("store", "full"), NOW, 0), 30_000);
});

test("a token is due from the earliest time of its alarm, which demands more than the token has", () => {
  assert.deepEqual(
    [661, 660, 1, 0, -1, undefined].map((left) => due(settings, record(left), NOW)),
    [undefined, 660, 1, 0, 0, undefined],
  );
});

test("the time after an alarm that failed is that of the policy", async () => {
  const policy = await readFile(new URL("../../../src/manager/policy.rs", import.meta.url), "utf8");
  const [, seconds] = /ALARM_RETRY: Duration = Duration::from_secs\((\d+)\);/.exec(policy) ?? [];
  assert.equal(ALARM_RETRY, Number(seconds) * 1000);
});

test("pauses double from 5 seconds to 5 minutes, plus up to a tenth", () => {
  for (const random of [0, 1]) {
    let current = record(10);
    const pauses = Array.from({ length: 9 }, () => {
      current = paused(settings, current, down, NOW, random) ?? assert.fail();
      return (current.hold_until ?? 0) - NOW;
    });
    const expected = [5, 10, 20, 40, 80, 160, 300, 300, 300].map((pause) => Math.round(pause * (1 + random / 10)));
    assert.deepEqual(pauses, expected);
    assert.equal(current.version, 7 + 9);
  }
});

test("a failure is reported until the tokens are replaced", () => {
  const before = paused(settings, record(10), down, NOW, 0) ?? assert.fail();
  const after = { ...before, tokens: record(3600).tokens };
  assert.equal(failureOf(settings, before, NOW)?.code, "unexpected_response");
  assert.equal(failureOf(settings, after, NOW), undefined);
  assert.equal(paused(settings, after, down, NOW, 0)?.hold_until, NOW + 5);
});

test("a hold that the server demanded is not a pause after a failure", () => {
  const pausing = paused(settings, record(10), down, NOW, 0) ?? assert.fail();
  const throttled = { ...pausing, hold_until: NOW + 600 };
  assert.deepEqual(
    [statusOf(settings, pausing, NOW).retry_at, statusOf(settings, throttled, NOW).retry_at],
    [NOW + 5, NOW + 600],
  );
  assert.deepEqual(
    [failureOf(settings, pausing, NOW)?.code, failureOf(settings, throttled, NOW)],
    ["unexpected_response", undefined],
  );
  assert.deepEqual(
    [statusOf(settings, pausing, NOW + 5).retry_at, failureOf(settings, pausing, NOW + 5)?.code],
    [undefined, "unexpected_response"],
  );
});

test("the failure of a status is the one to act on", () => {
  const pausing = paused(settings, record(10), down, NOW, 0) ?? assert.fail();
  const cases = [
    [record(10), undefined],
    [pausing, "unexpected_response"],
    [{ ...pausing, hold_until: NOW + 600 }, "throttled"],
    [{ ...pausing, rejected_at: NOW }, "reauthorization_required"],
    [record(0, { tokens: { access_token: "", token_type: "Bearer" } }), "reauthorization_required"],
  ];
  for (const [stored, expected] of /** @type {[VaultRecord, string | undefined][]} */ (cases)) {
    assert.equal(statusOf(settings, stored, NOW).failure, expected);
  }
});

test("only failures of the server cause a pause", () => {
  for (const code of /** @type {const} */ ([
    "invalid_configuration",
    "store",
    "aborted",
    "throttled",
    "reauthorization_required",
  ])) {
    assert.equal(paused(settings, record(10), new OAuthError(code, "x"), NOW, 0), undefined);
  }
  for (const code of /** @type {const} */ (["network", "timeout", "malformed_response", "client_rejected"])) {
    assert.equal(paused(settings, record(10), new OAuthError(code, "x"), NOW, 0)?.hold_until, NOW + 5);
  }
});
