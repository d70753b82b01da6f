// What the library knows of a stored grant. Sends nothing.

import { OAuthClient, zoho } from "grantkit";
import { settingsOf } from "../../settings.js";
import { statusOf } from "../../vault-schedule.js";

/** @typedef {import("grantkit").GrantRecord} GrantRecord */

/**
 * The status of a grant by the rules of the library.
 *
 * @param {GrantRecord} record
 * @param {number} now seconds
 */
export async function grantStatus(record, now) {
  // The rules and the budget are the same for every client of Zoho, and a grant may have none saved beside it.
  const settings = await settingsOf(new OAuthClient({ server: zoho(), client_id: "any" }));
  const { connected, retry_at, requests_left: left = 0 } = statusOf(settings, record, now);
  const { requests_left: budget = 0 } = statusOf(settings, { ...record, requests: [] }, now);
  return { connected, retry_at, budget, left };
}
