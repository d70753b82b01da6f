// Zoho's data centres as users know them: by country, and by the host of the API console.

import { zohoRegions } from "grantkit";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

export const LOCATIONS = zohoRegions.map(({ location }) => location);

/** @param {string} text @returns {text is ZohoLocation} */
export function isLocation(text) {
  return zohoRegions.some(({ location }) => location === text);
}

/** @param {ZohoLocation} location */
function regionOf(location) {
  return zohoRegions.find((region) => region.location === location);
}

/** @param {ZohoLocation} location */
export function countryOf(location) {
  return regionOf(location)?.name ?? "";
}

/** A data centre with its country, such as "eu (Europe)". @param {ZohoLocation} location */
export function regionLabel(location) {
  return `${location} (${countryOf(location)})`;
}

/** The origin of the accounts server of a data centre. @param {ZohoLocation} location */
export function accountsServer(location) {
  return regionOf(location)?.accounts_server ?? "";
}

/** The host of the API console in which the clients of a data centre are registered. @param {ZohoLocation} location */
export function consoleHost(location) {
  return new URL(accountsServer(location)).host.replace(/^accounts\./, "api-console.");
}

/** Each data centre with the host of its API console, in one line. */
export function consoleList() {
  return LOCATIONS.map((location) => `${consoleHost(location)} is ${location}`).join(", ");
}
