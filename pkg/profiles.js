// The profiles that have names in the main entry, from the rows of the providers.

import { invalid } from "./check.js";
import github from "./rows/github.js";
import rawBasic from "./rows/rfc-raw-basic.js";
import zoho from "./rows/zoho.js";

/** @type {Record<string, object>} */
const ROWS = { rfc: {}, "rfc-raw-basic": rawBasic, zoho, github };

/**
 * The row of a profile: by its name, or the object itself.
 *
 * @param {unknown} profile
 * @returns {object}
 */
export function profileRow(profile) {
  if (profile === undefined || profile === null || profile === "") return {};
  if (typeof profile === "object" && !Array.isArray(profile)) return profile;
  const row = typeof profile === "string" && Object.hasOwn(ROWS, profile) ? ROWS[profile] : undefined;
  if (row) return row;
  throw invalid(`server.profile is unknown: use one of ${Object.keys(ROWS).join(", ")}, or a row of your own`);
}

/** @type {typeof import("./index.js").zohoRegions} */
export const zohoRegions = /** @type {any} */ (zoho.regions);
