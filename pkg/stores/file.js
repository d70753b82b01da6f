import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { OAuthError } from "../errors.js";
import {
  checkOwnFolder,
  hasCode,
  makeFolder,
  makeFolders,
  narrow,
  openRegular,
  ownerForRoot,
  statRegular,
  unlessAbsent,
  writeNew,
} from "../private-file.js";
import { PLACE, storeError } from "../store-error.js";
import { directoryLock, holds, removeAbandoned, temporaryOf } from "./directory-lock.js";
import { underLease } from "./lease.js";
import { isGone, thisProcess } from "./process.js";
import { keyedQueue } from "./queue.js";
import { attempt, checkKey, checkRecord, encode, messageOf, parse } from "./record.js";
import { systemTimers } from "./timers.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */
/** @typedef {import("./directory-lock.js").Held} Held */
/** @typedef {import("./directory-lock.js").LockEnvironment} LockEnvironment */

/** @type {LockEnvironment} */
const system = { fs, timers: systemTimers, leaseMs: 30_000, self: thisProcess, isGone };

const FORMAT = 1;
const WRITES = 3;
const ABANDONED_MS = 3_600_000;
/** The lock for writing, and that of a key. */
const LOCKS = /^(?:write|key-[0-9a-f]{32})$/;

/** The next step after common errors of a file system. @type {Record<string, string>} */
const NEXT_STEPS = {
  EACCES: "give this process the right to read and write the file and its folder",
  EPERM: "give this process the right to read and write the file and its folder",
  EROFS: "put the file on a file system that can be written",
  ENOSPC: "free space on the disk, then call again",
  EDQUOT: "free space on the disk, then call again",
  EBUSY: "if the file is a mount, mount its folder instead, since the file is replaced",
  EXDEV: "if the file is a mount, mount its folder instead, since the file is replaced",
  ENOTDIR: "give a path in a folder, not in a file",
};

/** What the file has. Other members are of a later version, and are kept. @typedef {{ records: Map<string, unknown>, others: object }} Content */

/**
 * One JSON file with the records of all keys, mode 0600. It is replaced as a whole: the new content is written beside it,
 * synced, renamed, and the folder is synced, so that a crash at any instant leaves the old file or the new one. The locks
 * between processes are in `<path>.locks/`: one for writing, and one for each key that is locked. directory-lock.js
 * explains how they work, and what a slow holder can do.
 *
 * Inside `lock`, saves and deletions of this store for that key reject after another process took the lock over.
 *
 * @param {string} path
 * @param {LockEnvironment} [environment]
 * @returns {Required<TokenStore>}
 */
export function openFileStore(path, environment = system) {
  if (typeof path !== "string" || path === "") {
    throw new OAuthError(
      "invalid_configuration",
      "the path of fileStore is not a non-empty string: pass the path of its file",
    );
  }
  const { fs, timers } = environment;
  const given = resolve(path);
  /** By key for locks, and by "", which is not a key, for writes. */
  const inTurn = keyedQueue();
  /** Locks that this store could not release. @type {Map<string, Held>} */
  const kept = new Map();

  /** @param {string} key */
  const where = (key) => `${given}: the record of ${JSON.stringify(key)}`;

  /**
   * @template T
   * @param {string} doing
   * @param {string} key
   * @param {() => Promise<T>} work
   */
  const on = (doing, key, work) => {
    checkKey(key);
    return attempt(work, (cause) => {
      const { code = "" } = /** @type {NodeJS.ErrnoException} */ (cause);
      const next = NEXT_STEPS[code] ?? "call again, and if that repeats, check the disk";
      const message = `${given}: ${doing} the record of ${JSON.stringify(key)} failed (${messageOf(cause)}): ${next}`;
      return storeError(message, { cause, retryable: true });
    });
  };

  /** The records by key, and the other members of the file. Needs no lock, since the file is replaced as a whole. @returns {Promise<Content>} */
  async function read(file = given) {
    const opened = await openRegular(fs, file);
    if (opened === undefined) return { records: new Map(), others: {} };
    const { handle, mode } = opened;
    try {
      const text = await handle.readFile("utf8");
      const content = /** @type {{ grantkit?: unknown, records?: unknown } | null} */ (parse(text, given));
      const { grantkit, records, ...others } = content ?? {};
      if (grantkit !== FORMAT || typeof records !== "object" || records === null) {
        throw storeError(
          `${given} is not a file of grant records of this version, and was not changed: give another path, or put back a good copy`,
        );
      }
      await narrow(handle, mode);
      // A Map, so that "__proto__" can be a key.
      return { records: new Map(Object.entries(records)), others };
    } finally {
      await handle.close();
    }
  }

  /** Makes the folders, and resolves links to the file. */
  async function place() {
    // The entry of a new folder is durable once its parent is synced.
    for (const made of await makeFolders(fs, dirname(given))) await sync(dirname(made));
    const file = (await unlessAbsent(fs.realpath(given))) ?? join(await fs.realpath(dirname(given)), basename(given));
    const locks = `${file}.locks`;
    const owner = ownerForRoot(await statRegular(fs, file));
    if (!(await unlessAbsent(fs.lstat(locks)))) {
      await makeFolder(fs, locks, owner).catch((error) => {
        // Another process made it first.
        if (!hasCode(error, "EEXIST")) throw error;
      });
    }
    await checkOwnFolder(fs, locks, owner);
    return { file, locks, owner };
  }

  /** @param {string} folder */
  async function sync(folder) {
    // Windows cannot sync a folder.
    if (process.platform === "win32") return;
    const handle = await fs.open(folder, "r");
    try {
      await handle.sync();
    } catch (error) {
      // Some network file systems cannot either.
      if (!hasCode(error, "EINVAL", "ENOTSUP")) throw error;
    } finally {
      await handle.close();
    }
  }

  /**
   * Replaces the file; false if the lock for writing was lost meanwhile, and nothing was written.
   *
   * @param {string} file
   * @param {string} lock
   * @param {Held} writing
   * @param {Content} content
   * @param {import("../private-file.js").Owner} [owner]
   */
  async function replace(file, lock, writing, { records, others }, owner) {
    const temporary = temporaryOf(lock, writing);
    try {
      const content = JSON.stringify({ grantkit: FORMAT, ...others, records: Object.fromEntries(records) });
      await writeNew(fs, temporary, `${content}\n`, { owner, sync: true });
      if (!(await holds(lock, writing, environment))) return false;
      await fs.rename(temporary, file);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return false;
      throw error;
    } finally {
      await unlessAbsent(fs.unlink(temporary));
    }
    await sync(dirname(file));
    return true;
  }

  /** @param {string} locks @param {string} key */
  const lockOf = (locks, key) => join(locks, `key-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`);

  /**
   * Changes the records and writes them, under the lock for writing.
   *
   * @param {(records: Map<string, unknown>) => boolean} change returns false where there is nothing to write
   */
  function update(change) {
    return inTurn("", async () => {
      const { file, locks, owner } = await place();
      const lock = join(locks, "write");
      for (let turn = 0; turn < WRITES; turn += 1) {
        const done = await underLease(directoryLock(lock, environment, owner), timers, kept, async (writing) => {
          await removeAbandoned(locks, LOCKS, Date.now() - ABANDONED_MS, environment);
          const content = await read(file);
          if (!change(content.records)) return false;
          return (await replace(file, lock, writing, content, owner)) || undefined;
        });
        if (done !== undefined) return done;
      }
      throw storeError(`${given}: other processes took over the lock for writing ${WRITES} times: call again`, {
        retryable: true,
      });
    });
  }

  /** @type {Required<TokenStore>} */
  const store = {
    async load(key) {
      return on("loading", key, async () => {
        const record = (await read()).records.get(key);
        return record === undefined ? undefined : checkRecord(record, where(key));
      });
    },

    async save(key, record, expectedVersion) {
      return on("saving", key, async () => {
        const plain = JSON.parse(encode(record, expectedVersion));
        return update((records) => {
          const current = records.get(key);
          const version = current === undefined ? undefined : checkRecord(current, where(key)).version;
          if (version !== expectedVersion) return false;
          records.set(key, plain);
          return true;
        });
      });
    },

    async delete(key) {
      await on("deleting", key, async () => {
        if ((await read()).records.has(key)) await update((records) => records.delete(key));
      });
    },

    async lock(key, run) {
      checkKey(key);
      return inTurn(key, async () => {
        const { locks, owner } = await on("locking", key, place);
        const lock = directoryLock(lockOf(locks, key), environment, owner);
        const { acquire } = lock;
        const guarded = { ...lock, acquire: () => on("locking", key, acquire) };
        return underLease(guarded, timers, kept, run);
      });
    },
  };
  return Object.assign(store, { [PLACE]: given });
}

/**
 * One JSON file, mode 0600, replaced atomically and synced, with locks beside it for the processes of a machine.
 *
 * @param {string} path
 * @returns {TokenStore}
 */
export function fileStore(path) {
  return openFileStore(path);
}
