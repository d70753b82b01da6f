import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as testing from "grantkit/testing";
import { command } from "./command.mjs";
import { EXECUTABLES } from "./executables.mjs";
import { serve } from "./loopback.mjs";

/**
 * Runs the suite in a runtime that is a program of its own.
 *
 * @param {keyof typeof EXECUTABLES} runtime
 * @param {string} folder where `node_modules/grantkit` and the programs are
 * @param {string} script within the folder
 * @param {string[]} [extra] arguments after those that every program gets
 * @returns {Promise<import("./report.mjs").Ran>}
 */
export async function inProcess(runtime, folder, script, extra = []) {
  const { program, args } = EXECUTABLES[runtime];
  const own = await mkdtemp(join(tmpdir(), `grantkit-${runtime}-`));
  const file = join(own, "outcome.json");
  const loopback = await serve(testing);
  try {
    const access = { reads: [folder], writes: [own] };
    const given = [...args(access), join(folder, script), JSON.stringify(loopback.served), file, ...extra];
    const { stdout, stderr } = await command(program, given, folder, { DENO_DIR: join(own, "deno") });
    return { outcome: JSON.parse(await readFile(file, "utf8")), shown: stdout + stderr };
  } finally {
    await loopback.close();
    await rm(own, { recursive: true });
  }
}
