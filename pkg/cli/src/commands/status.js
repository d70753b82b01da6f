// What is known of the stored grant. Sends nothing.

import { OAuthClient, zoho } from "grantkit";
import { settingsOf } from "../../../settings.js";
import { statusOf } from "../../../vault-schedule.js";
import { notConnected } from "../client-options.js";
import { EXIT } from "../exit-codes.js";
import { duration, lifetime, moment } from "../output.js";
import { regionLabel } from "../regions.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("grantkit").GrantRecord} GrantRecord */

/** @param {Context} context @returns {Promise<import("../context.js").Result>} */
export async function status(context) {
  const { profile, file, output, store } = context;
  const record = await store.load(profile);
  if (!record) throw notConnected(context);
  const saved = await context.savedClient();
  const now = context.now();
  const { scope, api_domain, accounts_server, expires_at, refresh_token } = record.tokens;
  const { hold_until, rejected_at } = record;
  const { all, left } = await budgetOf(record, now);
  const isUsable = rejected_at === undefined && (refresh_token !== undefined || (expires_at ?? now + 1) > now);
  const facts = {
    connected: isUsable,
    profile,
    file,
    location: saved?.location,
    client_id: saved?.client_id,
    scope,
    api_domain,
    accounts_server,
    expires_at,
    has_refresh_token: refresh_token !== undefined,
    recent_requests: all - left,
    hold_until,
    rejected_at,
  };
  const text = output.table([
    ["profile", `${profile}, in ${file}`],
    ["data centre", saved && regionLabel(saved.location)],
    ["client", saved?.client_id ?? "not saved: give it with each command"],
    ["client secret", saved && (saved.client_secret ? "saved" : "not saved: set ZOHO_CLIENT_SECRET")],
    ["scope", scope],
    ["API domain", api_domain],
    ["access token", lifetime(expires_at, now)],
    ["refresh token", refreshTokenState(record)],
    ["token requests", `${left} left, of the ${all} that Zoho allows in ten minutes`],
    [
      "on hold",
      hold_until !== undefined && hold_until > now ? `for ${duration(hold_until - now)}: Zoho throttled` : undefined,
    ],
  ]);
  return { facts, text, exit: isUsable ? EXIT.ok : EXIT.reauthorization_required };
}

/** @param {GrantRecord} record @param {number} now seconds */
async function budgetOf(record, now) {
  // The budget is Zoho's, the same for every client, and a grant may have none saved beside it.
  const settings = await settingsOf(new OAuthClient({ server: zoho(), client_id: "any" }));
  const requestsLeft = (/** @type {GrantRecord} */ counted) => statusOf(settings, counted, now).requests_left ?? 0;
  return { all: requestsLeft({ ...record, requests: [] }), left: requestsLeft(record) };
}

/** @param {GrantRecord} record */
function refreshTokenState({ tokens, rejected_at }) {
  if (rejected_at !== undefined) return `refused by the server at ${moment(rejected_at)}: connect again`;
  return tokens.refresh_token ? "saved" : "none: connect again once the access token has expired";
}
