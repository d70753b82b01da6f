// The profiles that have names in the main entry, from the rows of the providers.

import { invalid } from "./check.js";
import github from "./rows/github.js";
import rawBasic from "./rows/rfc-raw-basic.js";
import zoho from "./rows/zoho.js";

/** From a list, so that bundlers drop the rows where only `zohoRegions` is imported. @type {Map<unknown, object | undefined>} */
const ROWS = new Map(
  /** @type {[string, object | undefined][]} */ ([
    // No row: the default of every column.
    ["rfc", undefined],
    ["rfc-raw-basic", rawBasic],
    ["zoho", zoho],
    ["github", github],
  ]),
);

/**
 * The row of a profile: by its name, or the object itself.
 *
 * @param {unknown} profile
 * @returns {object | undefined}
 */
export function profileRow(profile) {
  if (typeof profile === "object" && profile && !Array.isArray(profile)) return profile;
  const name = profile === "" ? "rfc" : (profile ?? "rfc");
  if (ROWS.has(name)) return ROWS.get(name);
  throw invalid(`server.profile is unknown: use one of ${[...ROWS.keys()].join(", ")}, or a row of your own`);
}

/** A frozen copy, since the regions decide which hosts get secrets. @type {typeof import("./index.js").zohoRegions} */
export const zohoRegions = /* @__PURE__ */ JSON.parse(JSON.stringify(zoho.regions), (_, part) => Object.freeze(part));
