import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { npm } from "./installed.mjs";

/** @typedef {{ library: typeof import("grantkit"), folder: string, index: string }} Before an older package: `index` is the URL of its main entry */

const CACHE = fileURLToPath(new URL("../../../target/bench-before/", import.meta.url));

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * An older package, installed once for each content of a tarball.
 *
 * @param {string} tarball
 * @returns {Promise<Before>}
 */
export async function installBefore(tarball) {
  const digest = createHash("sha256")
    .update(await readFile(tarball))
    .digest("hex");
  const installation = join(CACHE, digest.slice(0, 16));
  if (!(await exists(installation))) {
    await mkdir(CACHE, { recursive: true });
    // Another process never finds half an installation.
    const unfinished = await mkdtemp(join(CACHE, "new-"));
    await writeFile(join(unfinished, "package.json"), '{ "private": true }\n');
    await npm(["install", resolve(tarball)], unfinished);
    await rename(unfinished, installation);
  }
  const folder = join(installation, "node_modules", "grantkit");
  const index = pathToFileURL(join(folder, "index.js")).href;
  return { library: await import(index), folder, index };
}
