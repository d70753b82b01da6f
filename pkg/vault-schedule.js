// When a vault asks the server again: ahead of expiry while all is well, and less and less often while it is not.

import { describe } from "./vault-error.js";

/** @typedef {import("./errors.js").OAuthError} OAuthError */

/**
 * What the latest refreshes failed with, as long as they failed.
 *
 * @typedef {object} Backoff
 * @property {number} failures
 * @property {number | undefined} expires_at of the tokens that could not be refreshed
 * @property {number} until nobody asks the server before this time
 * @property {import("./vault-error.js").Description} error
 */

/** The record of a vault. @typedef {import("./index.js").GrantRecord & { backoff?: Backoff }} VaultRecord */

/** Seconds before expiry at which the alarm refreshes: ahead of the manager's leeway, so that no caller has to wait. */
const AHEAD = 600;
/** The shortest time from one alarm to the next, for tokens that live shorter still. */
const SHORTEST = 30;
/** Back-off after the first failure, and the longest. */
const FIRST = 5;
export const LONGEST = 300;

/** Failures that say nothing of the server: what is wrong is here, or no request was sent, or the grant is over. */
const OURS = ["invalid_configuration", "store", "aborted", "throttled", "reauthorization_required"];

/** Up to a tenth more at random, so that a fleet does not ask in the same second. @param {number} time @param {number} random */
const spread = (time, random) => time * (1 + random / 10);

/** Whether it is the alarm's turn to refresh. @param {VaultRecord} record @param {number} now seconds */
export function isDue({ tokens }, now) {
  return tokens.expires_at !== undefined && tokens.expires_at - now <= spread(AHEAD, 1);
}

/** The back-off as far as it still says something: not of tokens that came later. @param {VaultRecord} record */
function backoffOf({ backoff, tokens }) {
  return backoff && backoff.expires_at === tokens.expires_at ? backoff : undefined;
}

/** Until when nobody asks the server. @param {VaultRecord} record @param {number} now seconds */
export function heldUntil({ hold_until }, now) {
  return hold_until !== undefined && hold_until > now ? hold_until : undefined;
}

/** Why nobody asks the server now, or why the latest refresh failed; none where the server throttles. @param {VaultRecord} record @param {number} now seconds */
export function failureOf(record, now) {
  const backoff = backoffOf(record);
  const isThrottled = heldUntil(record, now) !== undefined && record.hold_until !== backoff?.until;
  return isThrottled ? undefined : backoff?.error;
}

/**
 * The record after a refresh that failed: nobody asks the server before `hold_until`.
 *
 * @param {VaultRecord} record
 * @param {OAuthError} failure
 * @param {number} now seconds
 * @param {number} random from 0 to 1
 * @returns {VaultRecord | undefined} none where there is no reason to wait
 */
export function held(record, failure, now, random) {
  if (OURS.includes(failure.code)) return undefined;
  const failures = (backoffOf(record)?.failures ?? 0) + 1;
  const until = now + Math.round(spread(Math.min(FIRST * 2 ** (failures - 1), LONGEST), random));
  const backoff = { failures, expires_at: record.tokens.expires_at, until, error: describe(failure) };
  return { ...record, version: record.version + 1, hold_until: until, backoff };
}

/**
 * When the alarm is to ring next, in seconds; none where it could bring nothing.
 *
 * @param {VaultRecord | undefined} record
 * @param {OAuthError | undefined} failure of the refresh that has just ended
 * @param {number} now seconds
 * @param {number} random from 0 to 1
 */
export function nextAlarm(record, failure, now, random) {
  if (!record?.tokens.refresh_token || record.rejected_at !== undefined) return undefined;
  const until = heldUntil(record, now);
  if (until !== undefined) return until;
  if (failure) return now + Math.max(describe(failure).retryAfter ?? 0, SHORTEST);
  const { expires_at } = record.tokens;
  if (expires_at === undefined) return undefined;
  const left = expires_at - now;
  return now + Math.max(left - spread(AHEAD, random), left / 2, SHORTEST);
}
