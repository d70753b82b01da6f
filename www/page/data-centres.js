import { el } from "./element.js";

/** @type {Record<import("grantkit").ZohoLocation, string>} */
const DATA_CENTRE_NAMES = {
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
export function dataCentreName(location) {
  return DATA_CENTRE_NAMES[/** @type {import("grantkit").ZohoLocation} */ (location)] ?? location;
}

/** @param {HTMLSelectElement} select @param {readonly string[]} locations @param {string} selected */
export function fillDataCentres(select, locations, selected) {
  const options = locations.map((location) => {
    return el(
      "option",
      { value: location, selected: location === selected },
      `${dataCentreName(location)} (${location})`,
    );
  });
  select.replaceChildren(...options);
}
