import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const PAUSE_MS = 50;

let count = 0;

/**
 * Runs work that no two processes of this machine may do at once. The file names the process that is at it; one that died
 * holds nobody up.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function locked(path, work) {
  while (!(await taken(path))) await pause(PAUSE_MS);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** @param {string} path */
async function taken(path) {
  // Filled before it is there, so that whoever finds it can read whose it is.
  count += 1;
  const own = `${path}-${process.pid}-${count}`;
  await writeFile(own, `${process.pid}`);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  } finally {
    await rm(own);
  }
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  if (holder && !isAlive(holder)) await rm(path, { force: true });
  return false;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
