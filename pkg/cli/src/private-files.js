// Files that only their owner may read (mode 0600).

import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OAuthError } from "grantkit";
import { makeFolders, openRegular, ownerForRoot, statRegular, unlessAbsent, writeNew } from "../../private-file.js";
import { Failure, hasCode } from "./failure.js";

/** The text of a file that the user names, which may be a pipe of the shell. @param {string} path */
export async function readInput(path) {
  try {
    return await unlessAbsent(fs.readFile(path, "utf8"));
  } catch (error) {
    throw failed(path, "read", error);
  }
}

/** The text of a file of grantkit; undefined if there is none. @param {string} path */
export async function readText(path) {
  try {
    const opened = await openRegular(fs, path);
    if (opened === undefined) return undefined;
    try {
      return await opened.handle.readFile("utf8");
    } finally {
      await opened.handle.close();
    }
  } catch (error) {
    throw failed(path, "read", error);
  }
}

/** Replaces a file atomically, with mode 0600. @param {string} path @param {string} text */
export async function writePrivately(path, text) {
  let temporary = "";
  try {
    await makeFolders(fs, dirname(path));
    const owner = ownerForRoot(await statRegular(fs, path));
    temporary = join(await fs.realpath(dirname(path)), `${basename(path)}.${randomUUID()}.tmp`);
    await writeNew(fs, temporary, text, { owner, sync: true });
    await fs.rename(temporary, path);
  } catch (error) {
    if (temporary) await fs.rm(temporary, { force: true });
    throw failed(path, "written", error);
  }
}

/** The mode in octal of a file or folder that other users can access; undefined if they cannot. @param {string} path */
export async function looseMode(path) {
  // Windows has no such modes.
  if (process.platform === "win32") return undefined;
  try {
    const { mode } = await fs.stat(path);
    return mode & 0o077 ? (mode & 0o1777).toString(8) : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw failed(path, "inspected", error);
  }
}

/** @param {string} path @param {string} done @param {unknown} cause */
function failed(path, done, cause) {
  if (cause instanceof OAuthError) return cause;
  const { code = "unknown error" } = /** @type {NodeJS.ErrnoException} */ (cause);
  return new Failure("store", `${path} cannot be ${done} (${code}): check the path and its permissions`, { cause });
}
