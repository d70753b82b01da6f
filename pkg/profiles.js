// The profiles that have names in the main entry, from the rows of the providers.

import { invalid } from "./check.js";
import github from "./rows/github.js";
import glewlwyd from "./rows/glewlwyd.js";
import rawBasic from "./rows/rfc-raw-basic.js";
import zoho from "./rows/zoho.js";

/** As JSON. From a list, so that bundlers drop the rows where only `zohoRegions` is imported. @type {Map<unknown, string>} */
const ROWS = new Map(
  /** @type {[string, string][]} */ ([
    // No row: the default of every column.
    ["rfc", ""],
    ["rfc-raw-basic", rawBasic],
    ["zoho", zoho],
    ["github", github],
    ["glewlwyd", glewlwyd],
  ]),
);

/**
 * The row of a profile as JSON: by its name, or the object itself.
 *
 * @param {unknown} profile
 */
export function profileRow(profile) {
  if (typeof profile === "object" && profile && !Array.isArray(profile)) return toJson(profile);
  const row = ROWS.get(profile || "rfc");
  if (row !== undefined) return row;
  throw invalid(`server.profile is unknown: use one of ${[...ROWS.keys()].join(", ")}, or a row of your own`);
}

/** @param {object} row */
function toJson(row) {
  try {
    return JSON.stringify(row);
  } catch (cause) {
    throw invalid("server.profile is not plain data: pass a row, as JSON.parse returns it", { cause });
  }
}

/** Frozen, since the regions decide which hosts get secrets. @type {typeof import("./index.js").zohoRegions} */
export const zohoRegions = /* @__PURE__ */ readRegions();

function readRegions() {
  return JSON.parse(zoho, (_, part) => Object.freeze(part)).regions;
}
