// Changes a record of a file store under its lock, and is killed on the way: before the step of the file system whose
// number it was given, or within it where the step writes. Steps are counted from the start, or from when the lock for
// writing was won, since nobody knows how long that takes. Says how many there are of each when it comes through.
import * as fs from "node:fs/promises";
import { openFileStore } from "../../../../pkg/stores/file.js";
import { isGone, thisProcess } from "../../../../pkg/stores/process.js";
import { systemTimers } from "../../../../pkg/stores/timers.js";
import { grant } from "./expect.mjs";

const [path = "", stage = "", last = ""] = process.argv.slice(2);
const steps = { start: 0, won: 0 };
let now = /** @type {keyof typeof steps} */ ("start");

/** @param {() => Promise<unknown>} [half] */
async function step(half) {
  steps[now] += 1;
  if (now !== stage || steps[now] < Number(last)) return;
  await half?.();
  process.kill(process.pid, "SIGKILL");
}

const real = { ...fs };
const mortal = { ...fs };
for (const name of /** @type {const} */ ([
  "mkdir",
  "readdir",
  "readFile",
  "realpath",
  "rename",
  "rm",
  "rmdir",
  "stat",
  "unlink",
])) {
  const original = /** @type {(...values: any[]) => Promise<any>} */ (real[name]);
  mortal[name] = /** @type {any} */ (
    async (/** @type {any[]} */ ...values) => {
      await step();
      const result = await original(...values);
      if (name === "rename" && String(values[1]).endsWith("/write")) now = "won";
      return result;
    }
  );
}
mortal.writeFile = async (file, data, options) => {
  await step(() => fs.writeFile(file, String(data).slice(0, 9), options));
  return fs.writeFile(file, data, options);
};
mortal.open = async (name, flags, mode) => {
  await step();
  const handle = await fs.open(name, flags, mode);
  const { writeFile, sync, close } = handle;
  handle.writeFile = async (data) => {
    await step(() => writeFile.call(handle, String(data).slice(0, -20)));
    return writeFile.call(handle, data);
  };
  handle.sync = async () => {
    await step();
    return sync.call(handle);
  };
  handle.close = async () => {
    await step();
    return close.call(handle);
  };
  return handle;
};

const store = openFileStore(path, { fs: mortal, timers: systemTimers, leaseMs: 30_000, self: thisProcess, isGone });
await store.lock("mortal", async () => {
  const before = await store.load("mortal");
  const requests = [...(before?.requests ?? []), 0];
  await store.save("mortal", grant((before?.version ?? 0) + 1, { requests }), before?.version);
});
process.send?.(steps);
process.disconnect?.();
