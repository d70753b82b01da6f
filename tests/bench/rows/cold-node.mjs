import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ok } from "../../scenario/assert.mjs";
import { duration, named, timeTable } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../cold/node.mjs", import.meta.url));

const ENTRANTS = {
  "grantkit: import and first URL": "grantkit",
  "oauth4webapi: import and first URL": "oauth4webapi",
  "grantkit: Module and Instance": "module",
};

/** @type {import("../support/row.mjs").Row} */
export const coldNode = {
  name: "cold-node",
  title: "Cold start in Node: a process of its own for each sample",
  async run(plan) {
    const entrants = Object.entries(ENTRANTS).map(([name, which]) => ({
      name,
      async sample() {
        const { stdout } = await run(process.execPath, [program, which]);
        const { spent, made } = JSON.parse(stdout);
        const isMade = which === "module" ? made > 0 : new URL(made).searchParams.get("code_challenge")?.length === 43;
        ok(isMade, `${name}: what it made`);
        return spent;
      },
    }));
    const measured = await measure(entrants, { ...plan, sampleMs: 0 });
    const { median } = named(measured, "grantkit: Module and Instance").time;
    const aims = [{ aim: "Module and Instance within 2 ms", seen: duration(median), isReached: median <= 2 }];
    const notes = ["The start of Node itself is not in the time."];
    return { ...timeTable(measured), aims, notes };
  },
};
