import { join } from "node:path";

/**
 * A lock between processes, made of a directory.
 *
 * It is held by whoever has a file with its own token as name in the directory `path`; nothing else makes a holder.
 * - To take it, a directory that already holds the token's file is made elsewhere and renamed to `path`. Rename replaces
 *   an empty directory and no other, so of many that try one succeeds, and a lock is never seen without its holder.
 * - To give it up, or to take it from the dead, the token's file is deleted. The name says whose lock it is, so someone
 *   who was slow to act on a dead holder cannot hit the living one that came after it.
 * The same two facts guard what is written under the lock. A holder writes its new content to `<token>.tmp` beside its
 * token, sees that the token is still there, and only then renames the content into place. If it was taken for dead after
 * that look, its successor got in only because the directory was empty, so the content was either renamed before the
 * successor reads, or deleted and the rename fails. A slow holder can lose its own write but nobody else's.
 *
 * A holder is dead when its process is gone (process.js), at once; or when its file was not touched for a whole lease on
 * the watcher's own monotonic clock, which covers other machines, containers, threads and hung processes, and depends on
 * no two clocks agreeing. Network file systems that show changes late can make a living holder look dead: then two may
 * run at once, while what they write stays guarded as above.
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
 * Does something to a file that another may have removed meanwhile.
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

/** The content that a holder is about to put in place. @param {string} path @param {Held} held */
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
 * One attempt after another to hold the lock at `path`; what is seen of a holder is remembered between them.
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
      // Emptied by a crash of the machine: the lease has to do.
      return false;
    }
  }

  /** Whether the way is free, after what the dead left was removed. */
  async function clear() {
    const names = (await unlessAbsent(fs.readdir(path))) ?? [];
    const [holder] = names.filter((name) => !name.endsWith(".tmp"));
    if (holder && !(await isDead(holder))) return false;
    for (const name of names) await unlessAbsent(fs.unlink(join(path, name)));
    // Some systems rename onto no directory, not even an empty one.
    await unlessAbsent(fs.rmdir(path), "ENOTEMPTY", "EEXIST");
    return true;
  }

  return {
    name: `The lock ${path}`,
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
        // Another was first, or (ENOENT) tidied up what was prepared here.
        if (hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT", ...OCCUPIED_ON_WINDOWS)) return undefined;
        throw error;
      }
      return (await holds(path, { token }, environment)) ? { token } : undefined;
    },

    async renew({ token }) {
      // The file's time only has to change.
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
