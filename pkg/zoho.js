import { defined } from "./check.js";

export { zohoRegions } from "./profiles.js";

/**
 * Zoho as an authorization server. The profile has its hosts and endpoints; the caller may replace origins.
 *
 * @type {typeof import("./index.js").zoho}
 */
export function zoho({ location, accountsServer, apiDomain } = {}) {
  return defined({ profile: "zoho", location, accounts_server: accountsServer, api_domain: apiDomain });
}
