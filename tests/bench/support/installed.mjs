import { execFile } from "node:child_process";
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The folder that npm packs, which `npm run build` makes: what users install. */
export const PACKAGE = fileURLToPath(new URL("../../../target/package", import.meta.url));

/** npm writes it; it belongs to no package. */
const HIDDEN_LOCKFILE = ".package-lock.json";

/**
 * @template T
 * @param {(folder: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function inFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-bench-"));
  try {
    await writeFile(join(folder, "package.json"), '{ "private": true }\n');
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string[]} words @param {string} cwd */
export async function npm(words, cwd) {
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
  const { stdout } = await run("npm", [...words, ...quiet], { cwd, maxBuffer: 2 ** 26 });
  return stdout;
}

/** @param {string} what @param {string} folder */
export async function pack(what, folder) {
  const [{ filename, size }] = JSON.parse(await npm(["pack", what, "--json"], folder));
  return { path: join(folder, filename), size };
}

/** The bytes of a package's tarball. @param {string} what a folder, or a package with its version @returns {Promise<number>} */
export function packed(what) {
  return inFolder(async (folder) => (await pack(what, folder)).size);
}

/** The size of an installation of only this package. @param {string} what */
export function installed(what) {
  return inFolder(async (folder) => {
    const { path } = await pack(what, folder);
    await npm(["install", path], folder);
    const modules = join(folder, "node_modules");
    const lock = JSON.parse(await readFile(join(modules, HIDDEN_LOCKFILE), "utf8"));
    let bytes = 0;
    for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
      if (entry.name === HIDDEN_LOCKFILE || !entry.isFile()) continue;
      bytes += (await lstat(join(entry.path, entry.name))).size;
    }
    return { bytes, packages: Object.keys(lock.packages).length };
  });
}
