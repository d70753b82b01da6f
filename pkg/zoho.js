import { given, invalid, knownMembers } from "./check.js";

export { zohoRegions } from "./profiles.js";

/**
 * Zoho as an authorization server. The profile has its hosts and endpoints; the caller may replace origins.
 *
 * @type {typeof import("./index.js").zoho}
 */
export function zoho(options = {}) {
  knownMembers("zoho()", options, NAMES, 'pass location, such as { location: "eu" }');
  given("zoho(): ", options, NAMES);
  const { location, accountsServer, apiDomain } = options;
  return {
    profile: "zoho",
    ...(location !== undefined && { location }),
    ...(accountsServer !== undefined && { accounts_server: origins("accountsServer", accountsServer) }),
    ...(apiDomain !== undefined && { api_domain: origins("apiDomain", apiDomain) }),
  };
}

const NAMES = ["location", "accountsServer", "apiDomain"];

/** One origin, or one for each data centre, which may be a new one. @template {string | object} T @param {string} name @param {T} value */
function origins(name, value) {
  if (typeof value === "string") return value;
  const keys = Object(value) === value && !Array.isArray(value) ? Object.keys(value) : [""];
  const wrong = keys.find((key) => !/^[a-z]{2}$/.test(key));
  if (wrong === undefined) return value;
  const found = wrong ? `has ${JSON.stringify(wrong.slice(0, 100))}, which is no data centre` : "is of another type";
  throw invalid(`${name} ${found}: pass one origin, or one by data centre, such as { eu: "https://..." }`);
}
