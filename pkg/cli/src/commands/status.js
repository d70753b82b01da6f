// What is known of the stored grant. Sends nothing.

import { notConnected } from "../client-options.js";
import { EXIT } from "../exit-codes.js";
import { grantStatus } from "../grant-status.js";
import { duration, lifetime, moment } from "../output.js";
import { regionLabel } from "../regions.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("grantkit").GrantRecord} GrantRecord */

/** @param {Context} context @returns {Promise<import("../context.js").Result>} */
export async function status(context) {
  const { profile, file, output } = context;
  const saved = await context.savedClient();
  const record = await context.record();
  if (!record) throw notConnected(context);
  const now = context.now();
  const { scope, api_domain, accounts_server, expires_at, refresh_token } = record.tokens;
  const { connected, retry_at, budget, left } = await grantStatus(record, now);
  const facts = {
    connected,
    profile,
    file,
    location: saved?.location,
    client_id: saved?.client_id,
    scope,
    api_domain,
    accounts_server,
    expires_at,
    has_refresh_token: !!refresh_token,
    recent_requests: budget - left,
    hold_until: retry_at,
    rejected_at: record.rejected_at,
  };
  const text = output.table([
    ["profile", `${profile}, in ${file}`],
    ["data centre", saved && regionLabel(saved.location)],
    ["client", saved?.client_id ?? "not saved: give it with each command"],
    ["client secret", saved && (saved.client_secret ? "saved" : "not saved: set ZOHO_CLIENT_SECRET")],
    ["scope", scope],
    ["API domain", api_domain],
    ["access token", lifetime(expires_at, now)],
    ["refresh token", refreshTokenState(record, connected)],
    ["token requests", `${left} left, of the ${budget} that Zoho allows in ten minutes`],
    ["on hold", retry_at === undefined ? undefined : `for ${duration(retry_at - now)}: Zoho throttled`],
  ]);
  return { facts, text, exit: connected ? EXIT.ok : EXIT.reauthorization_required };
}

/** @param {GrantRecord} record @param {boolean} connected */
function refreshTokenState({ tokens, rejected_at }, connected) {
  if (rejected_at !== undefined) return `refused by the server at ${moment(rejected_at)}: connect again`;
  if (tokens.refresh_token) return "saved";
  return connected ? "none: connect again once the access token has expired" : "none: connect again";
}
