import { basename, join } from "node:path";
import { hasCode, makeFolder, unlessAbsent, writeNew } from "../private-file.js";
import { storeError } from "../store-error.js";

/**
 * A lock between processes, made of a directory.
 *
 * The holder is the process whose token names a file in the directory `path`.
 * - To acquire the lock, a process makes a directory elsewhere that contains the token's file, and renames it to `path`.
 *   Rename replaces only an empty directory, so one of many processes succeeds, and the lock always has a holder.
 * - To release the lock, or to remove a dead holder, a process deletes the token's file. The name identifies the holder,
 *   so a process that is slow to remove a dead holder cannot remove the next one.
 * The same two facts protect the file that is written under the lock. A holder writes the new content to `<token>.tmp`
 * beside its token, checks that the token still exists, and then renames the content to the file. If another process
 * considers it dead after that check, that process acquires the lock only once the directory is empty: the content was
 * renamed before, or it was deleted and the rename fails. A slow holder can lose its own write, and no other.
 *
 * A holder is dead as soon as its process is gone (process.js), or when its file was not touched for a whole lease on the
 * monotonic clock of the process that waits. The lease covers other machines, containers, threads and hung processes,
 * and no two clocks need to agree. A network file system that shows changes late can make a live holder look dead: then
 * two processes may run at once, but their writes stay protected as above.
 *
 * Only entries with names of this form are removed, and no link is followed: a folder of the user may have the same path.
 */

/**
 * @typedef {object} LockEnvironment
 * @property {typeof import("node:fs/promises")} fs
 * @property {import("./timers.js").Timers} timers
 * @property {number} leaseMs
 * @property {() => Promise<import("./process.js").ProcessIdentity>} self
 * @property {(holder: import("./process.js").ProcessIdentity) => Promise<boolean>} isGone
 */

/** @typedef {{ token: string }} Held */

const OCCUPIED_ON_WINDOWS = process.platform === "win32" ? ["EPERM", "EACCES"] : [];

const TOKEN = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** What is in the directory of a lock. */
const ENTRY = new RegExp(`^${TOKEN}(?:\\.tmp)?$`);
/** A directory that was prepared for a lock. */
const PREPARED = new RegExp(`^(.+)\\.(${TOKEN})$`);

/** The path of the content that a holder is about to write. @param {string} path @param {Held} held */
export const temporaryOf = (path, held) => join(path, `${held.token}.tmp`);

/**
 * @param {string} path
 * @param {Held} held
 * @param {LockEnvironment} environment
 */
export async function holds(path, held, { fs }) {
  return (await unlessAbsent(fs.stat(join(path, held.token)))) !== undefined;
}

/**
 * The lock at `path`. It remembers between two attempts to acquire it when the holder's file was touched.
 *
 * @param {string} path
 * @param {LockEnvironment} environment
 * @param {import("../private-file.js").Owner} [owner] to whom root gives what it makes
 * @returns {import("./lease.js").Lease<Held>}
 */
export function directoryLock(path, environment, owner) {
  const { fs, timers, leaseMs, self, isGone } = environment;
  let seen = { holder: "", touched: 0, since: 0 };

  /** @param {string} holder */
  async function isDead(holder) {
    const file = join(path, holder);
    const found = await unlessAbsent(fs.stat(file));
    if (found === undefined) return false;
    const touched = found.mtimeMs;
    if (seen.holder !== holder || seen.touched !== touched) seen = { holder, touched, since: timers.now() };
    if (timers.now() - seen.since >= leaseMs) return true;
    // To read a FIFO would wait for a writer.
    const text = found.isFile() ? await unlessAbsent(fs.readFile(file, "utf8")) : undefined;
    try {
      return text !== undefined && (await isGone(JSON.parse(text)));
    } catch {
      // A crash of the machine emptied the file, so the lease decides.
      return false;
    }
  }

  /** Removes a dead holder, and returns whether the lock is free. */
  async function clear() {
    const found = await unlessAbsent(fs.lstat(path));
    if (!found) return true;
    const names = found.isDirectory() ? ((await unlessAbsent(fs.readdir(path))) ?? []) : [basename(path)];
    const unknown = names.find((name) => !ENTRY.test(name));
    if (unknown !== undefined) {
      const where = found.isDirectory() ? join(path, unknown) : path;
      throw storeError(
        `${where} was not made by grantkit, and was not changed: move it elsewhere, or give another path`,
      );
    }
    const [holder] = names.filter((name) => !name.endsWith(".tmp"));
    if (holder && !(await isDead(holder))) return false;
    for (const name of names) await unlessAbsent(fs.unlink(join(path, name)));
    // Some systems do not rename to an existing directory, even an empty one.
    await unlessAbsent(fs.rmdir(path), "ENOTEMPTY", "EEXIST");
    return true;
  }

  return {
    name: `the lock ${path}`,
    leaseMs,

    async acquire() {
      if (!(await clear())) return undefined;
      const token = crypto.randomUUID();
      const prepared = `${path}.${token}`;
      await makeFolder(fs, prepared, owner);
      try {
        await writeNew(fs, join(prepared, token), JSON.stringify(await self()), { owner });
        await fs.rename(prepared, path);
      } catch (error) {
        await removePrepared(prepared, token, fs);
        // Another process was first, or (ENOENT) removed the prepared directory.
        if (hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT", ...OCCUPIED_ON_WINDOWS)) return undefined;
        throw error;
      }
      return (await holds(path, { token }, environment)) ? { token } : undefined;
    },

    async renew({ token }) {
      // The time only has to differ.
      const now = new Date();
      return (await unlessAbsent(fs.utimes(join(path, token), now, now).then(() => true))) ?? false;
    },

    async release(held) {
      await unlessAbsent(fs.unlink(temporaryOf(path, held)));
      await unlessAbsent(fs.unlink(join(path, held.token)));
      await unlessAbsent(fs.rmdir(path), "ENOTEMPTY", "EEXIST");
    },
  };
}

/** Removes a prepared directory. What else is in it stays. @param {string} path @param {string} token @param {LockEnvironment["fs"]} fs */
async function removePrepared(path, token, fs) {
  // It keeps no process waiting, so that a failure is ignored.
  await fs.unlink(join(path, token)).catch(() => {});
  await fs.rmdir(path).catch(() => {});
}

/**
 * Removes the directories that processes prepared which died while they waited for a lock.
 *
 * @param {string} locks the directory of the locks
 * @param {RegExp} names of the locks
 * @param {number} before milliseconds since the epoch
 * @param {LockEnvironment} environment
 */
export async function removeAbandoned(locks, names, before, { fs }) {
  for (const name of await fs.readdir(locks)) {
    const [, lock = "", token = ""] = PREPARED.exec(name) ?? [];
    if (!names.test(lock)) continue;
    const path = join(locks, name);
    const found = await unlessAbsent(fs.lstat(path));
    if (found?.isDirectory() && found.mtimeMs < before) await removePrepared(path, token, fs);
  }
}
