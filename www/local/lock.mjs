import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const PAUSE_MS = 50;
/** After so many looks it is said what is waited for. */
const PATIENCE = 60;

/** What this process has put into lock files, and not taken away. @type {Set<string>} */
const held = new Set();

/**
 * Runs work that no two processes of this machine may do at once. The file names the process that is at it; one that died
 * holds nobody up, unless another process has its number by now.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(line: string) => void} [tell] of a wait that is long
 * @returns {Promise<T>}
 */
export async function locked(path, work, tell = console.error) {
  const own = `${process.pid} ${randomUUID()}`;
  held.add(own);
  try {
    for (let looks = 1; !(await taken(path, own)); looks += 1) {
      if (looks === PATIENCE)
        tell(`Waiting for the process that ${path} names: remove the file if that does not build.`);
      await pause(PAUSE_MS);
    }
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    held.delete(own);
  }
}

/** @param {string} path @param {string} own */
async function taken(path, own) {
  // Filled before it is there, so that whoever finds it can read whose it is.
  const filled = `${path}-${own.replace(" ", "-")}`;
  await writeFile(filled, own);
  try {
    await link(filled, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await rm(filled);
  }
  const found = await readFile(path, "utf8").catch(() => "");
  if (found && isLeft(found)) remove(path, found);
  return false;
}

/** Whether nobody is at it any more. @param {string} found in a lock file */
function isLeft(found) {
  const pid = Number.parseInt(found, 10);
  return pid === process.pid ? !held.has(found) : !isAlive(pid);
}

/**
 * Takes away what was left behind, and not what another has put there meanwhile: one process at a time does so, and looks
 * again. Without a pause, in which it could die.
 *
 * @param {string} path
 * @param {string} found
 */
function remove(path, found) {
  const turn = `${path}-removal`;
  try {
    writeFileSync(turn, "", { flag: "wx" });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    throw error;
  }
  try {
    if (readFileSync(path, "utf8") === found) rmSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  } finally {
    rmSync(turn);
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
