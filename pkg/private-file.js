// Files and folders with secrets: made for their owner only, whatever the umask, and opened only if they are regular files.

import { constants } from "node:fs/promises";
import { dirname } from "node:path";
import { storeError } from "./store-error.js";

/** @typedef {typeof import("node:fs/promises")} FileSystem */
/** @typedef {import("node:fs/promises").FileHandle} FileHandle */
/** @typedef {import("node:fs").Stats} Stats */
/** @typedef {{ uid: number, gid: number }} Owner */

// Windows has neither these modes nor these flags.
const HAS_MODES = process.platform !== "win32";
const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

/**
 * @param {unknown} error
 * @param {...string} codes
 */
export function hasCode(error, ...codes) {
  return codes.includes(/** @type {NodeJS.ErrnoException} */ (error)?.code ?? "");
}

/**
 * Runs an operation on a file that another process may have removed.
 *
 * @template T
 * @param {Promise<T>} operation
 * @param {...string} also
 * @returns {Promise<T | undefined>}
 */
export async function unlessAbsent(operation, ...also) {
  try {
    return await operation;
  } catch (error) {
    if (hasCode(error, "ENOENT", ...also)) return undefined;
    throw error;
  }
}

/** The user of this process; undefined on Windows, and where Deno denies it. */
function effectiveUser() {
  try {
    return process.geteuid?.();
  } catch {
    return undefined;
  }
}

/**
 * To whom root gives what it makes in place of a file and beside it: the owner of the file. Undefined for other processes.
 *
 * @param {Stats | undefined} stats of the file, if there is one
 * @returns {Owner | undefined}
 */
export function ownerForRoot(stats) {
  if (!stats?.uid || effectiveUser() !== 0) return undefined;
  return { uid: stats.uid, gid: stats.gid };
}

/**
 * Gives away what root has made. The new owner may rename the folders on its path, so that root may have made it in a
 * folder of the system; the handle shows where it is.
 *
 * @param {FileSystem} fs
 * @param {FileHandle} handle
 * @param {string} path without links
 * @param {Owner | undefined} owner
 */
async function give(fs, handle, path, owner) {
  if (!owner) return;
  const place = process.platform === "linux" ? await fs.readlink(`/proc/self/fd/${handle.fd}`) : path;
  if (place !== path) throw storeError(`${path} was moved while it was made: find out who renames its folders`);
  await handle.chown(owner.uid, owner.gid);
}

/**
 * Makes a folder with mode 0700. Its parent exists.
 *
 * @param {FileSystem} fs
 * @param {string} path
 * @param {Owner} [owner]
 */
export async function makeFolder(fs, path, owner) {
  await fs.mkdir(path, { mode: 0o700 });
  if (owner) {
    const handle = await fs.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      await handle.chmod(0o700);
      await give(fs, handle, path, owner);
    } finally {
      await handle.close();
    }
    return;
  }
  // A umask can take rights of the owner away, and then the folder cannot be opened.
  const made = await fs.lstat(path);
  if (HAS_MODES && made.isDirectory() && (made.mode & 0o777) !== 0o700) await fs.chmod(path, 0o700);
}

/**
 * Makes a folder and its parents where they are missing.
 *
 * @param {FileSystem} fs
 * @param {string} path
 * @returns {Promise<string[]>} those that were made
 */
export async function makeFolders(fs, path) {
  if (await unlessAbsent(fs.stat(path))) return [];
  const parents = await makeFolders(fs, dirname(path));
  try {
    await makeFolder(fs, path);
  } catch (error) {
    // Another process made it first.
    if (!hasCode(error, "EEXIST")) throw error;
  }
  return [...parents, path];
}

/**
 * Refuses a folder in which another user can put links or files, since what is in it is written and removed.
 *
 * @param {FileSystem} fs
 * @param {string} path
 * @param {Owner} [owner] a second user to whom it may belong
 */
export async function checkOwnFolder(fs, path, owner) {
  const found = await fs.lstat(path);
  if (found.isSymbolicLink()) {
    throw storeError(`${path} is a link, and was not followed: remove it, or give another path`);
  }
  if (!found.isDirectory()) throw storeError(`${path} is not a folder: move it elsewhere, or give another path`);
  const [user, { mode, uid }] = [effectiveUser(), found];
  if (!HAS_MODES || user === undefined) return;
  if (uid !== user && uid !== owner?.uid) {
    throw storeError(
      `${path} belongs to the user ${uid}, and this process runs as ${user}: run it as that user, or remove the folder`,
    );
  }
  if (mode & 0o022) {
    throw storeError(
      `${path} can be written by other users (mode ${(mode & 0o777).toString(8)}): check what is in it, and run chmod 700 on it`,
    );
  }
}

/** A file; undefined if there is none. @param {FileSystem} fs @param {string} path */
export async function statRegular(fs, path) {
  const found = await unlessAbsent(fs.stat(path));
  if (found) checkRegular(found, path);
  return found;
}

/**
 * Opens a file to read it; undefined if there is none. To open a FIFO waits for a writer, and to open a device can change
 * its state, so that the kind is checked before; and after, since the file may have been replaced meanwhile.
 *
 * @param {FileSystem} fs
 * @param {string} path
 */
export async function openRegular(fs, path) {
  if (!(await statRegular(fs, path))) return undefined;
  const handle = await unlessAbsent(fs.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!handle) return undefined;
  try {
    const stats = await handle.stat();
    checkRegular(stats, path);
    return { handle, mode: stats.mode };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @param {Stats} stats @param {string} path */
function checkRegular(stats, path) {
  if (stats.isFile()) return;
  throw stats.isDirectory()
    ? storeError(`${path} is a folder: give the path of a file in this folder`)
    : storeError(`${path} is a FIFO, a socket or a device, and was not opened: give the path of a regular file`);
}

/**
 * Takes the access of other users to an open file away.
 *
 * @param {FileHandle} handle
 * @param {number} mode that it has
 */
export async function narrow(handle, mode) {
  if (!HAS_MODES || !(mode & 0o077)) return;
  // Only its owner can, and not on each file system. The next write replaces the file by one with mode 0600.
  await handle.chmod(mode & 0o700).catch(() => {});
}

/**
 * Writes a new file with mode 0600.
 *
 * @param {FileSystem} fs
 * @param {string} path without links, if there is an owner
 * @param {string} text
 * @param {{ owner?: Owner | undefined, sync?: boolean }} [options]
 */
export async function writeNew(fs, path, text, { owner, sync = false } = {}) {
  const handle = await fs.open(path, "wx", 0o600);
  try {
    await handle.chmod(0o600);
    await give(fs, handle, path, owner);
    await handle.writeFile(text);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
}
