// What users call Zoho's data centres. Their hosts are the library's to know.

import { OAuthClient, zoho } from "grantkit";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @type {Record<ZohoLocation, string>} */
export const DATA_CENTRES = {
  us: "United States",
  eu: "Europe",
  in: "India",
  au: "Australia",
  jp: "Japan",
  cn: "China",
  ca: "Canada",
  sa: "Saudi Arabia",
  uk: "United Kingdom",
  ae: "United Arab Emirates",
};

export const LOCATIONS = /** @type {ZohoLocation[]} */ (Object.keys(DATA_CENTRES));

/** @param {string} text @returns {text is ZohoLocation} */
export function isLocation(text) {
  return Object.hasOwn(DATA_CENTRES, text);
}

/**
 * The origin of the accounts server of a data centre.
 *
 * @param {import("grantkit").AuthorizationServer} server
 */
export async function accountsOrigin(server) {
  // The public way to learn it: where a user would be sent.
  const client = new OAuthClient({ server, client_id: "unknown", redirect_uri: "http://127.0.0.1/" });
  const { url } = await client.authorizationRequest({ scope: "none" });
  return new URL(url).origin;
}

/** The host of the console in which clients of a data centre are registered. @param {ZohoLocation} location */
export async function consoleHost(location) {
  const { host } = new URL(await accountsOrigin(zoho({ location })));
  return host.replace(/^accounts\./, "api-console.");
}

/** Each data centre with the host of its console, in a line. */
export async function consoleList() {
  const named = LOCATIONS.map(async (location) => `${await consoleHost(location)} is ${location}`);
  return (await Promise.all(named)).join(", ");
}
