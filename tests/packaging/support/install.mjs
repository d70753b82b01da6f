import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const exec = promisify(execFile);

const TESTS = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../../pkg/", import.meta.url));

/**
 * Runs a program to its end; rejects with all that it printed unless it succeeds.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
export async function command(program, args, cwd) {
  // A child that is told it runs under node:test reports to its parent in a form that is not text.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  try {
    const { stdout } = await exec(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (reason) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (reason);
    throw new Error(`${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
  }
}

/** Packs the package and installs the tarball in a fresh folder, with the suite and the consumers beside it. */
export async function install() {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-installed-"));
  const packed = JSON.parse(await command("npm", ["pack", "--json", "--pack-destination", folder], PACKAGE));
  const [{ filename, files }] = /** @type {[{ filename: string, files: { path: string }[] }]} */ (packed);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await command("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, filename)], folder);
  for (const name of ["scenario.mjs", "scenario", "runtimes", "types"]) {
    await cp(join(TESTS, name), join(folder, "tests", name), { recursive: true });
  }
  await cp(join(TESTS, "packaging", "consumers"), join(folder, "consumers"), { recursive: true });
  return { folder, files: files.map(({ path }) => path).sort(), remove: () => rm(folder, { recursive: true }) };
}
