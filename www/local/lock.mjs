import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const RETRY_MS = 50;
/** After this many attempts the wait is reported. */
const ATTEMPTS_BEFORE_REPORT = 60;

/** The contents of the lock files that this process holds or waits for. @type {Set<string>} */
const own = new Set();

/**
 * Runs a function while holding a lock file, so that no two processes of this machine run it at once. The file contains
 * the id of its process. The lock of a process that has ended is removed, unless another process has that id by now.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} run
 * @param {(line: string) => void} [report] called if the wait is long
 * @returns {Promise<T>}
 */
export async function withLockFile(path, run, report = console.error) {
  const contents = `${process.pid} ${randomUUID()}`;
  own.add(contents);
  try {
    for (let attempts = 1; !(await tryLock(path, contents)); attempts += 1) {
      if (attempts === ATTEMPTS_BEFORE_REPORT)
        report(`Waiting for the process named in ${path}: remove the file if that process is not a build.`);
      await sleep(RETRY_MS);
    }
    try {
      return await run();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    own.delete(contents);
  }
}

/** @param {string} path @param {string} contents */
async function tryLock(path, contents) {
  // link() creates the lock file with its contents in one step, so that no other process reads an empty one.
  const source = `${path}-${contents.replace(" ", "-")}`;
  await writeFile(source, contents);
  try {
    await link(source, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await rm(source);
  }
  const found = await readFile(path, "utf8").catch(() => "");
  if (found && isStale(found)) removeStale(path, found);
  return false;
}

/** @param {string} contents of a lock file */
function isStale(contents) {
  const pid = Number.parseInt(contents, 10);
  return pid === process.pid ? !own.has(contents) : !isAlive(pid);
}

/**
 * Removes a stale lock file, but not a new one that has replaced it: a second lock file lets one process at a time
 * compare and remove. All calls are synchronous, because nothing removes a second lock file that is left behind.
 *
 * @param {string} path
 * @param {string} stale contents
 */
function removeStale(path, stale) {
  const removal = `${path}-removal`;
  try {
    writeFileSync(removal, "", { flag: "wx" });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    throw error;
  }
  try {
    if (readFileSync(path, "utf8") === stale) rmSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  } finally {
    rmSync(removal);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
