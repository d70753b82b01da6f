// The members of a stored record: what the module sees of it, and what a save writes.

import { encodeBase64Url } from "./base64url.js";
import { storeError } from "./store-error.js";
import { unusable } from "./token-set.js";

/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {import("./index.js").TokenSet} TokenSet */

/** The format of what is written, and the highest that is read. As in src/manager/policy.rs. */
const FORMAT = 1;

/**
 * A loaded record whose format is known.
 *
 * @template {{ format?: number }} R
 * @param {string} key
 * @param {R | undefined} record
 * @param {TokenSet} [tokens] that are not saved
 * @returns {R | undefined}
 * @throws {import("./errors.js").OAuthError} for a higher format
 */
export function readable(key, record, tokens) {
  const { format = FORMAT } = record ?? {};
  // Not ">", so that what is no number is refused too.
  if (format <= FORMAT) return record;
  const message = `grant "${key}" was written by a newer grantkit, since its format is ${Number(format)}, and was not changed: update grantkit here`;
  throw storeError(message, { tokens });
}

/**
 * The members of a record that decisions read, in the order of `record` in src/bindings/refresh.rs.
 *
 * @param {Partial<GrantRecord>} [record]
 * @param {string} [rejected] an access token that the resource server rejected
 */
export function decisionRecord(record = {}, rejected) {
  const { tokens, requests = [], issued_at, refreshing_since, request_ended_at, hold_until, rejected_at } = record;
  return {
    has_refresh_token: !!tokens?.refresh_token,
    access_token_rejected: isRejected(tokens?.access_token, rejected),
    expires_at: tokens?.expires_at,
    issued_at,
    requests,
    refreshing_since,
    request_ended_at,
    hold_until,
    rejected_at,
  };
}

/**
 * A record whose tokens can be sent. A stored one is checked as a response is, since another could end a header early, and
 * `fetch` shows a header that it refuses.
 *
 * @param {GrantRecord | undefined} record
 * @param {string} key for the message
 * @throws {OAuthError}
 */
export function checked(record, key) {
  const name = unusable(record?.tokens);
  if (!name) return record;
  const message = `grant "${key}": the ${name} of its record is not a token (RFC 6749 appendix A): put back a good copy, or send the user through a new authorization request`;
  throw storeError(message);
}

/** Whether an access token may not be handed out: there is none, or the resource server rejected it. @param {string | undefined} access_token @param {string | undefined} rejected */
export function isRejected(access_token, rejected) {
  return !access_token || access_token === rejected;
}

const TIMES = /** @type {const} */ (["refreshing_since", "request_ended_at", "hold_until", "rejected_at", "issued_at"]);
/** How many of these are those of a mark. */
const MARK = 2;

/**
 * A record with what a machine saves beside the tokens; see `save` in src/bindings/step.rs.
 *
 * @param {Pick<GrantRecord, "tokens">} stored with the tokens to save
 * @param {string[]} fields of the effect, from the version on
 * @returns {GrantRecord}
 */
export function recordToSave(stored, [version = "", requests, ...times]) {
  /** @type {GrantRecord} */
  const record = { ...stored, version: +version, requests: requests ? requests.split(",").map(Number) : [] };
  record.format = FORMAT;
  TIMES.forEach((name, at) => {
    const time = times[at];
    if (time) record[name] = +time;
    else delete record[name];
  });
  return record;
}

/**
 * The record of new tokens that an application saves, in place of a stored one, of which it keeps the members that this
 * version does not know. The times and the pause of a vault were of the stored tokens.
 *
 * @param {GrantRecord | undefined} stored
 * @param {Pick<GrantRecord, "version" | "requests">} decided
 * @param {TokenSet} tokens
 * @param {boolean} isSame whether they have the refresh token of the stored ones
 * @returns {GrantRecord}
 */
export function replacingRecord(stored, decided, tokens, isSame) {
  const grant_id = (isSame && stored?.grant_id) || encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const record = { ...stored, ...decided, tokens, format: FORMAT, grant_id };
  // A request with that refresh token may be under way: its mark stays.
  const times = TIMES.slice(isSame ? MARK : 0);
  for (const name of [...times, "backoff"]) delete (/** @type {any} */ (record)[name]);
  return record;
}

/** The member of a vault's store with what it does at the end of a refresh. No other process has such a store. */
export const settling = /* @__PURE__ */ Symbol("settling");
