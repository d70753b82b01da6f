export { zohoRegions } from "./profiles.js";

/**
 * Zoho as an authorization server. The profile has its hosts and endpoints; the caller may replace origins.
 *
 * @type {typeof import("./index.js").zoho}
 */
export function zoho({ location, accountsServer, apiDomain } = {}) {
  const given = { location, accounts_server: accountsServer, api_domain: apiDomain };
  const members = Object.entries(given).filter(([, value]) => value !== undefined);
  return { profile: "zoho", ...Object.fromEntries(members) };
}
