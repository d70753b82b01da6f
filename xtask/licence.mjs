// Which licences the package may contain, in its scripts and in its WebAssembly modules.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
// @ts-expect-error: it has no declarations.
import parse from "spdx-expression-parse";

/** The separator of notices in a THIRD-PARTY.txt. */
export const RULE = `\n\n${"-".repeat(78)}\n\n`;

/** Each licence with words that its text has. Of several that an author offers, the first here is taken. */
const ALLOWED = {
  MIT: "Permission is hereby granted, free of charge",
  ISC: "Permission to use, copy, modify, and/or distribute",
  "BSD-2-Clause": "Redistribution and use in source and binary forms",
  "BSD-3-Clause": "Redistribution and use in source and binary forms",
  "Unicode-3.0": "UNICODE LICENSE V3",
  "Apache-2.0": "Apache License",
};
const ORDER = Object.keys(ALLOWED);

/** @typedef {{ license: string, plus?: true, exception?: string }} Licence */
/** @typedef {{ conjunction: "and" | "or", left: Expression, right: Expression }} Pair */
/** @typedef {Licence | Pair} Expression */

/** The licences under which the work is used, if each is allowed. @param {Expression} expression @returns {string[] | undefined} */
function allowed(expression) {
  if ("license" in expression) {
    const { license, plus, exception } = expression;
    return license in ALLOWED && !plus && !exception ? [license] : undefined;
  }
  const sides = [allowed(expression.left), allowed(expression.right)].filter((side) => side !== undefined);
  if (expression.conjunction === "and") return sides.length === 2 ? [...new Set(sides.flat())] : undefined;
  const last = (/** @type {string[]} */ side) => Math.max(...side.map((name) => ORDER.indexOf(name)));
  return sides.sort((a, b) => last(a) - last(b))[0];
}

/**
 * The licences under which a library is used, of those that it offers in an SPDX expression.
 *
 * @param {string} library
 * @param {string} expression
 */
export function chosen(library, expression) {
  let names;
  try {
    // Older crates write "MIT/Apache-2.0".
    names = allowed(parse(expression.replaceAll("/", " OR ")));
  } catch {}
  if (names) return names;
  throw new Error(
    `the licence of ${library}, ${expression}, is not one of ${ORDER.join(", ")}: use another library, or add the licence to xtask/licence.mjs`,
  );
}

/** Whether a text is that of the licence. @param {string} licence @param {string} text */
export const isText = (licence, text) =>
  text
    .replaceAll(/\s+/g, " ")
    .toLowerCase()
    .includes(ALLOWED[/** @type {keyof typeof ALLOWED} */ (licence)].toLowerCase());

/**
 * The text of a licence in the folder of a library, if it is there.
 *
 * @param {string} folder
 * @param {string} licence
 */
export async function textIn(folder, licence) {
  const [kind = ""] = licence.split("-");
  for (const name of [`LICENSE-${kind.toUpperCase()}`, "LICENSE", "license", "LICENSE.md", "LICENSE.txt"]) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text && isText(licence, text)) return text.trim();
  }
  return undefined;
}
