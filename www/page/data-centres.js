import { zohoRegions } from "../regions.js";
import { el } from "./element.js";

/** @param {string} location */
export function dataCentreName(location) {
  return zohoRegions.find((region) => region.location === location)?.name ?? location;
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
