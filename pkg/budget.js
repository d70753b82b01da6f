// The rate budget of a grant: how many token requests the server still takes.

import { settingsOf } from "./settings.js";
import { call } from "./wasm.js";

/**
 * How many token requests may be sent now; undefined where the server's profile has no budget.
 *
 * @param {import("./index.js").OAuthClient} client whose profile has the budget
 * @param {Pick<import("./index.js").GrantRecord, "requests">} record
 * @param {number} now seconds
 * @returns {Promise<number | undefined>}
 */
export async function requestsLeft(client, { requests }, now) {
  const { packed } = await settingsOf(client);
  const left = call("requests_left", packed, [requests.join(",")], now);
  return left ? Number(left) : undefined;
}
