import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isGone, thisProcess } from "../../../../pkg/stores/process.js";
import { virtualTimers } from "./timers.mjs";

/** @typedef {import("../../../../pkg/stores/directory-lock.js").LockEnvironment} LockEnvironment */

/** A temporary folder, removed when the test ends. @param {import("node:test").TestContext} t */
export async function folder(t) {
  const path = await fs.mkdtemp(join(tmpdir(), "grantkit-"));
  t.after(() => fs.rm(path, { recursive: true, force: true }));
  return path;
}

/**
 * The environment of a file store, with virtual time and replaceable functions of the file system.
 *
 * @param {Partial<Omit<LockEnvironment, "fs">> & { fs?: Partial<typeof fs> }} [changes]
 * @returns {LockEnvironment & { timers: ReturnType<typeof virtualTimers> }}
 */
export function environment({ fs: replaced, ...changes } = {}) {
  const timers = virtualTimers();
  return /** @type {any} */ ({
    timers,
    leaseMs: 30_000,
    self: thisProcess,
    isGone,
    ...changes,
    fs: { ...fs, ...replaced },
  });
}
