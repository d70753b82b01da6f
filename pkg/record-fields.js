// A stored record as the module gets it for its decisions: without its tokens.

/** @typedef {import("./index.js").GrantRecord} GrantRecord */

/**
 * The fields of src/bindings/flows.rs, `record`, after the version.
 *
 * @param {GrantRecord | undefined} record
 * @param {string} [rejected] an access token that the resource server rejected
 * @returns {string[]}
 */
export function recordFields(record, rejected) {
  const { tokens, requests, issued_at, refreshing_since, hold_until, rejected_at } = record ?? {};
  return [
    tokens?.refresh_token ? 1 : "",
    isRejected(tokens?.access_token, rejected) ? 1 : "",
    tokens?.expires_at,
    issued_at,
    (requests ?? []).join(","),
    refreshing_since,
    hold_until,
    rejected_at,
  ].map((value) => `${value ?? ""}`);
}

/**
 * The same members by name, for decisions whose input crosses as JSON.
 *
 * @param {GrantRecord} record
 * @param {string} [rejected]
 */
export function decisionRecord({ tokens, requests, issued_at, hold_until, rejected_at }, rejected) {
  return {
    has_refresh_token: !!tokens.refresh_token,
    access_token_rejected: isRejected(tokens.access_token, rejected),
    expires_at: tokens.expires_at,
    issued_at,
    requests,
    hold_until,
    rejected_at,
  };
}

/** Whether an access token may not be handed out: there is none, or the resource server rejected it. @param {string | undefined} access_token @param {string | undefined} rejected */
export function isRejected(access_token, rejected) {
  return !access_token || access_token === rejected;
}
