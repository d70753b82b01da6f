import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as testing from "grantkit/testing";
import { command } from "./command.mjs";
import { EXECUTABLES } from "./executables.mjs";
import { serve } from "./loopback.mjs";

/** @typedef {keyof typeof EXECUTABLES} Runtime */

/**
 * Runs a script in a runtime that runs as its own process.
 *
 * @param {Runtime} runtime
 * @param {string} folder that it may read: has `node_modules/grantkit` and the script
 * @param {string} script within the folder
 * @param {(own: string, out: string) => string[]} args built from a folder for the script's files, and from the name of
 *   the file in it for the results
 * @returns {Promise<{ outcome: any, shown: string }>} what it wrote to that file as JSON, and what it printed
 */
export async function inProcess(runtime, folder, script, args) {
  const executable = EXECUTABLES[runtime];
  const own = await mkdtemp(join(tmpdir(), `grantkit-${runtime}-`));
  const out = join(own, "outcome.json");
  try {
    const given = [...executable.args({ reads: [folder], writes: [own] }), join(folder, script), ...args(own, out)];
    const { stdout, stderr } = await command(executable.program, given, folder, { DENO_DIR: join(own, "deno") });
    return { outcome: JSON.parse(await readFile(out, "utf8")), shown: stdout + stderr };
  } finally {
    await rm(own, { recursive: true });
  }
}

/**
 * Runs the suite in such a runtime.
 *
 * @param {Runtime} runtime
 * @param {string} folder
 * @param {string} script
 * @param {string[]} [extra] arguments after those of every program of the suite
 * @returns {Promise<import("./report.mjs").Ran>}
 */
export async function suiteInProcess(runtime, folder, script, extra = []) {
  const loopback = await serve(testing);
  try {
    const served = JSON.stringify(loopback.served);
    return await inProcess(runtime, folder, script, (_, out) => [served, out, ...extra]);
  } finally {
    await loopback.close();
  }
}
