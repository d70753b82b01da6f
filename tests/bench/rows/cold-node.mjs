import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { ok } from "../../scenario/assert.mjs";
import { BEFORE, TODAY } from "../contenders/grantkit.mjs";
import { PACKAGE } from "../support/installed.mjs";
import { duration, named, timeTable } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../cold/node.mjs", import.meta.url));

const START = "import and first URL";
const MODULE = "Module and Instance";

/** @param {string} name @param {string} index the URL of the main entry @param {string} [pair] */
function grantkits(name, index, pair) {
  return [START, MODULE].map((what) => ({
    name: `${name}: ${what}`,
    ...(pair && { pairOf: `${pair}: ${what}` }),
    words: [what === START ? "grantkit" : "module", index],
  }));
}

/** @param {import("../support/row.mjs").Options["before"]} before */
function entrants(before) {
  return [
    ...grantkits(TODAY, pathToFileURL(join(PACKAGE, "index.js")).href),
    ...(before ? grantkits(BEFORE, before.index, TODAY) : []),
    { name: `oauth4webapi: ${START}`, words: ["oauth4webapi"] },
  ].map(({ words, ...entrant }) => ({ ...entrant, sample: () => sample(entrant.name, words) }));
}

/** @param {string} name @param {string[]} words for the program */
async function sample(name, words) {
  const { stdout } = await run(process.execPath, [program, ...words]);
  const { spent, made } = JSON.parse(stdout);
  const isMade = typeof made === "number" ? made > 0 : new URL(made).searchParams.get("code_challenge")?.length === 43;
  ok(isMade, `${name}: the result`);
  return spent;
}

/** Cold starts of each package in a round, when two are compared. */
const PARTS = 7;

/** @type {import("../support/row.mjs").Row} */
export const coldNode = {
  name: "cold-node",
  title: "Cold start in Node: a new process for each sample",
  async run(plan) {
    const measured = await measure(entrants(plan.before), { ...plan, sampleMs: 0, parts: plan.parts ?? PARTS });
    const { median } = named(measured, `${TODAY}: ${MODULE}`).time;
    const aims = [{ aim: "Module and Instance within 2 ms", result: duration(median), isReached: median <= 2 }];
    const notes = ["The time does not include the start of Node."];
    return { ...timeTable(measured), aims, notes };
  },
};
