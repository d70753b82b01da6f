// In one process, two copies of the same package differ by up to a sixth: the times depend on the order in which the engine
// compiles them. So each pair of samples has a process of its own, and the quartiles are those of the processes.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spread } from "./statistics.mjs";

/** @typedef {import("./row.mjs").Change} Change */

const run = promisify(execFile);
const program = fileURLToPath(new URL("pair.mjs", import.meta.url));

/**
 * How today's times in a row compare with those of an older package.
 *
 * @param {import("./row.mjs").Row} row
 * @param {{ tarball: string, pairs: number, sampleMs: number, seed: number }} options
 * @returns {Promise<Change[]>}
 */
export async function compare({ title }, { tarball, pairs, sampleMs, seed }) {
  /** @type {Change[]} */
  const found = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const { stdout } = await run(process.execPath, [program, title, tarball, `${sampleMs}`, `${seed + pair}`]);
    found.push(...JSON.parse(stdout));
  }
  return pooled(found);
}

/** One change for each name, with the quartiles of all. @param {Change[]} changes @returns {Change[]} */
export function pooled(changes) {
  return [...new Set(changes.map(({ name }) => name))].map((name) => {
    const medians = changes.filter((change) => change.name === name).map(({ ratio }) => ratio.median);
    return { name, ratio: spread(medians) };
  });
}
