import { join } from "node:path";

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
 * @returns {import("./lease.js").Lease<Held>}
 */
export function directoryLock(path, environment) {
  const { fs, timers, leaseMs, self, isGone } = environment;
  let seen = { holder: "", touched: 0, since: 0 };

  /** @param {string} holder */
  async function isDead(holder) {
    const file = join(path, holder);
    const touched = (await unlessAbsent(fs.stat(file)))?.mtimeMs;
    if (touched === undefined) return false;
    if (seen.holder !== holder || seen.touched !== touched) seen = { holder, touched, since: timers.now() };
    if (timers.now() - seen.since >= leaseMs) return true;
    const text = await unlessAbsent(fs.readFile(file, "utf8"));
    try {
      return text !== undefined && (await isGone(JSON.parse(text)));
    } catch {
      // A crash of the machine emptied the file, so the lease decides.
      return false;
    }
  }

  /** Removes a dead holder, and returns whether the lock is free. */
  async function clear() {
    const names = (await unlessAbsent(fs.readdir(path))) ?? [];
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
      await fs.mkdir(prepared, { mode: 0o700 });
      try {
        await fs.writeFile(join(prepared, token), JSON.stringify(await self()), { mode: 0o600, flag: "wx" });
        await fs.rename(prepared, path);
      } catch (error) {
        await fs.rm(prepared, { recursive: true, force: true });
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
