import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { npm } from "./installed.mjs";

/** @typedef {{ library: typeof import("grantkit"), folder: string, index: string }} Before an older package; `index` is the URL of its main entry */

const CACHE = fileURLToPath(new URL("../../../target/bench-before/", import.meta.url));

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Installs an older package; a tarball that was installed before is not installed again.
 *
 * @param {string} tarball
 * @param {string} [cache] the folder of installations
 * @returns {Promise<Before>}
 */
export async function installBefore(tarball, cache = CACHE) {
  const digest = createHash("sha256")
    .update(await readFile(tarball))
    .digest("hex");
  const installation = join(cache, digest.slice(0, 16));
  if (!(await exists(installation))) {
    await mkdir(cache, { recursive: true });
    // Another process must not find an incomplete installation.
    const unfinished = await mkdtemp(join(cache, "new-"));
    await writeFile(join(unfinished, "package.json"), '{ "private": true }\n');
    await npm(["install", resolve(tarball)], unfinished);
    await rename(unfinished, installation);
  }
  const folder = join(installation, "node_modules", "grantkit");
  const index = pathToFileURL(join(folder, "index.js")).href;
  return { library: await import(index), folder, index };
}
