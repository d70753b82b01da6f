import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { run } from "./run.mjs";

/**
 * Runs the suite in a process of its own, started with the servers as JSON and the name of a file for what came of it.
 * Its console is the runtime's own, which the runner reads.
 *
 * @param {typeof import("grantkit")} grantkit
 * @param {typeof import("grantkit/testing")} testing
 */
export async function program(grantkit, testing) {
  const [served = "", file = ""] = process.argv.slice(2);
  const outcome = await run({ grantkit, testing, inspect, show: console.log, served: JSON.parse(served) });
  await writeFile(file, JSON.stringify(outcome));
}
