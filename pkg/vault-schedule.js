// When a vault sends the next token request: ahead of expiry, and after failures at growing intervals. The decisions are
// made in src/manager/policy.rs.

import { decisionRecord } from "./record-fields.js";
import { describe } from "./vault-error.js";
import { decide } from "./wasm.js";

/** @typedef {import("./errors.js").OAuthError} OAuthError */
/** @typedef {import("./settings.js").Settings} Settings */

/**
 * The pause after failed refreshes.
 *
 * @typedef {object} Backoff
 * @property {number} failures in a row
 * @property {number | undefined} [expires_at] of the tokens that could not be refreshed
 * @property {number} until no request is sent before this time
 * @property {import("./vault-error.js").Description} error
 */

/** The record of a vault. @typedef {import("./index.js").GrantRecord & { backoff?: Backoff }} VaultRecord */

/**
 * The status of a grant, as src/bindings/policy.rs returns it.
 *
 * @typedef {{ connected: boolean, throttled: boolean, failing: boolean, failure?: import("./index.js").OAuthErrorCode,
 *   retry_at?: number, requests_left?: number }} Status
 */

/**
 * The time to the next alarm, in milliseconds, where one failed before its refresh. As in src/manager/policy.rs: such an
 * alarm may have no module to ask.
 */
export const ALARM_RETRY = 300_000;

/**
 * How long the alarm demands that an access token is valid, in seconds.
 *
 * @param {Settings} settings
 * @param {VaultRecord} record
 * @param {number} now seconds
 * @returns {number | undefined} undefined where the alarm is too early
 */
export function due(settings, record, now) {
  return decide(settings, { name: "due", record: decisionRecord(record) }, now);
}

/** @param {Settings} settings @param {VaultRecord} record @param {number} now seconds @returns {Status} */
export function statusOf(settings, record, now) {
  const code = record.backoff?.error.code;
  return decide(settings, { name: "status", ...decided(record), code }, now);
}

/** What decisions read of a vault's record. @param {VaultRecord} record */
function decided(record) {
  const { backoff } = record;
  const { failures, expires_at, until } = backoff ?? {};
  return { record: decisionRecord(record), back_off: backoff && { failures, expires_at, until } };
}

/** The error of the latest refresh, if it failed; undefined if the server throttles. @param {Settings} settings @param {VaultRecord} record @param {number} now seconds */
export function failureOf(settings, record, now) {
  return statusOf(settings, record, now).failing ? record.backoff?.error : undefined;
}

/**
 * The record after a refresh that failed, with a pause.
 *
 * @param {Settings} settings
 * @param {VaultRecord} record
 * @param {OAuthError} failure
 * @param {number} now seconds
 * @param {number} random from 0 to 1
 * @returns {VaultRecord | undefined} undefined if there is no reason to wait
 */
export function paused(settings, record, failure, now, random) {
  const pause = decide(settings, { name: "back_off", code: failure.code, ...decided(record) }, now, random);
  if (!pause) return undefined;
  const backoff = { ...pause, error: describe(failure) };
  return { ...record, version: record.version + 1, hold_until: pause.until, backoff };
}

/**
 * Milliseconds until the next alarm; undefined if a refresh cannot succeed.
 *
 * @param {Settings} settings
 * @param {VaultRecord | undefined} record
 * @param {OAuthError | undefined} failure of the latest refresh
 * @param {number} now seconds
 * @param {number} random from 0 to 1
 * @returns {number | undefined}
 */
export function nextAlarm(settings, record, failure, now, random) {
  if (!record) return undefined;
  const failed = failure && (describe(failure).retryAfter ?? 0);
  return decide(settings, { name: "next_alarm", record: decisionRecord(record), failed }, now, random);
}
