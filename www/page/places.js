import { el } from "./element.js";

/** Zoho's data centres. @type {Record<import("grantkit").ZohoLocation, string>} */
export const PLACES = {
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

/** @param {string} location */
export function placeName(location) {
  return PLACES[/** @type {import("grantkit").ZohoLocation} */ (location)] ?? location;
}

/** @param {HTMLSelectElement} select @param {readonly string[]} locations @param {string} chosen */
export function offerPlaces(select, locations, chosen) {
  const options = locations.map((location) => {
    return el("option", { value: location, selected: location === chosen }, `${placeName(location)} (${location})`);
  });
  select.replaceChildren(...options);
}
