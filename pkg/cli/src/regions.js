// Zoho's data centres as users know them: by country, and by the host of the API console.

import { zohoRegions } from "grantkit";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @type {Record<ZohoLocation, string>} */
const COUNTRIES = {
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

export const LOCATIONS = zohoRegions.map(({ location }) => location);

/** @param {string} text @returns {text is ZohoLocation} */
export function isLocation(text) {
  return zohoRegions.some(({ location }) => location === text);
}

/** @param {ZohoLocation} location */
export function countryOf(location) {
  return COUNTRIES[location];
}

/** A data centre with its country, such as "eu (Europe)". @param {ZohoLocation} location */
export function regionLabel(location) {
  return `${location} (${countryOf(location)})`;
}

/** The origin of the accounts server of a data centre. @param {ZohoLocation} location */
export function accountsServer(location) {
  return zohoRegions.find((region) => region.location === location)?.accounts_server ?? "";
}

/** The host of the API console in which the clients of a data centre are registered. @param {ZohoLocation} location */
export function consoleHost(location) {
  return new URL(accountsServer(location)).host.replace(/^accounts\./, "api-console.");
}

/** Each data centre with the host of its API console, in one line. */
export function consoleList() {
  return LOCATIONS.map((location) => `${consoleHost(location)} is ${location}`).join(", ");
}
