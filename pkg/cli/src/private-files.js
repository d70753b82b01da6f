// Files that only their owner may read (mode 0600).

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure, hasCode } from "./failure.js";

/** The text of a file; undefined if there is none. @param {string} path */
export async function readText(path) {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw failed(path, "read", error);
  }
}

/** Replaces a file atomically, with mode 0600. @param {string} path @param {string} text */
export async function writePrivately(path, text) {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw failed(path, "written", error);
  }
}

/** The mode in octal of a file or folder that other users can access; undefined if they cannot. @param {string} path */
export async function looseMode(path) {
  // Windows has no such modes.
  if (process.platform === "win32") return undefined;
  try {
    const { mode } = await stat(path);
    return mode & 0o077 ? (mode & 0o1777).toString(8) : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw failed(path, "inspected", error);
  }
}

/** @param {string} path @param {string} done @param {unknown} cause */
function failed(path, done, cause) {
  const { code = "unknown error" } = /** @type {NodeJS.ErrnoException} */ (cause);
  return new Failure("store", `${path} cannot be ${done} (${code}): check the path and its permissions`, { cause });
}
