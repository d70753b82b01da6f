// A stored record as the module sees it: without its tokens.

/** @typedef {import("./index.js").GrantRecord} GrantRecord */

/**
 * The members of a record that decisions read, in the order of `record` in src/bindings/refresh.rs.
 *
 * @param {Partial<GrantRecord>} [record]
 * @param {string} [rejected] an access token that the resource server rejected
 */
export function decisionRecord(record = {}, rejected) {
  const { tokens, requests = [], issued_at, refreshing_since, hold_until, rejected_at } = record;
  return {
    has_refresh_token: !!tokens?.refresh_token,
    access_token_rejected: isRejected(tokens?.access_token, rejected),
    expires_at: tokens?.expires_at,
    issued_at,
    requests,
    refreshing_since,
    hold_until,
    rejected_at,
  };
}

/** Whether an access token may not be handed out: there is none, or the resource server rejected it. @param {string | undefined} access_token @param {string | undefined} rejected */
export function isRejected(access_token, rejected) {
  return !access_token || access_token === rejected;
}

const TIMES = /** @type {const} */ (["refreshing_since", "hold_until", "rejected_at", "issued_at"]);

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
  TIMES.forEach((name, at) => {
    const time = times[at];
    if (time) record[name] = +time;
    else delete record[name];
  });
  return record;
}
