import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { run } from "./run.mjs";

/**
 * Runs the suite in its own process. The arguments are the servers as JSON and the name of the file for the results. The
 * suite prints to the runtime's console, which the runner reads.
 *
 * @param {typeof import("grantkit")} grantkit
 * @param {typeof import("grantkit/testing")} testing
 */
export async function program(grantkit, testing) {
  const [served = "", file = ""] = process.argv.slice(2);
  const outcome = await run({ grantkit, testing, inspect, show: console.log, served: JSON.parse(served) });
  await writeFile(file, JSON.stringify(outcome));
}
