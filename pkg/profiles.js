// The profiles that have names in the main entry, from the rows of the providers.

import { invalid } from "./check.js";
import github from "./rows/github.js";
import rawBasic from "./rows/rfc-raw-basic.js";
import zoho from "./rows/zoho.js";

/** Frozen with all its parts, since `zohoRegions` shows some, and they decide which hosts get secrets. @type {typeof zoho} */
const zohoRow = /* @__PURE__ */ JSON.parse(JSON.stringify(zoho), (_, part) => Object.freeze(part));

/** From a list, so that bundlers drop the rows where only `zohoRegions` is imported. @type {Map<unknown, object>} */
const ROWS = new Map(
  /** @type {[string, object][]} */ ([
    ["rfc", {}],
    ["rfc-raw-basic", rawBasic],
    ["zoho", zohoRow],
    ["github", github],
  ]),
);

/**
 * The row of a profile: by its name, or the object itself.
 *
 * @param {unknown} profile
 * @returns {object}
 */
export function profileRow(profile) {
  if (typeof profile === "object" && profile && !Array.isArray(profile)) return profile;
  const row = ROWS.get(profile === "" ? "rfc" : (profile ?? "rfc"));
  if (row) return row;
  throw invalid(`server.profile is unknown: use one of ${[...ROWS.keys()].join(", ")}, or a row of your own`);
}

/** @type {typeof import("./index.js").zohoRegions} */
export const zohoRegions = /** @type {any} */ (zohoRow.regions);
