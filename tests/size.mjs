// node tests/size.mjs [--table]
// Prints the size of each entry and WebAssembly module, and fails above a limit of tests/structure/entries.mjs.
// --table also writes the sizes to tests/bench/RESULTS.md.

import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { RESULTS, sizeSection, sizes, withSizeSection } from "./structure/entries.mjs";

const { values } = parseArgs({ options: { table: { type: "boolean", default: false } } });

/** @param {number} number */
const bytes = (number) => number.toLocaleString("en").padStart(9);

const measured = await sizes();
for (const { what, raw, minified = raw, gzip, brotli, limit } of measured) {
  const compressed = `gzip ${bytes(gzip)}  brotli ${bytes(brotli)}`;
  console.log(`${what.padEnd(20)} ${bytes(minified)} bytes of at most ${bytes(limit)}  ${compressed}`);
}
if (values.table) {
  await writeFile(RESULTS, withSizeSection(await readFile(RESULTS, "utf8"), sizeSection(measured)));
  console.log("wrote tests/bench/RESULTS.md");
}
const above = measured.filter(({ raw, minified = raw, limit }) => minified > limit).map(({ what }) => what);
if (above.length > 0) {
  console.error(`above the limit: ${above.join(", ")}`);
  process.exitCode = 1;
}
