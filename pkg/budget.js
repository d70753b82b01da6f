// The rate budget of a grant: how many token requests the server still accepts.

import { settingsOf } from "./settings.js";
import { statusOf } from "./vault-schedule.js";

/**
 * How many token requests may be sent now; undefined where the server's profile has no budget.
 *
 * @param {import("./index.js").OAuthClient} client whose profile has the budget
 * @param {import("./index.js").GrantRecord} record
 * @param {number} now seconds
 * @returns {Promise<number | undefined>}
 */
export async function requestsLeft(client, record, now) {
  return statusOf(await settingsOf(client), record, now).requests_left;
}
