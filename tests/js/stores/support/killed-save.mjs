// Changes a record of a file store under its lock, and kills itself before the file system call with the given number, or
// in the middle of that call if it writes. Calls are counted from the start, and again from the acquisition of the write
// lock, since that takes an unknown number of calls. Sends both counts if it was not killed.
import * as fs from "node:fs/promises";
import { openFileStore } from "../../../../pkg/stores/file.js";
import { isGone, thisProcess } from "../../../../pkg/stores/process.js";
import { systemTimers } from "../../../../pkg/stores/timers.js";
import { grant } from "./expect.mjs";

const [path = "", killStage = "", killStep = ""] = process.argv.slice(2);
const steps = { start: 0, won: 0 };
let stage = /** @type {keyof typeof steps} */ ("start");

/** @param {() => Promise<unknown>} [writePartially] */
async function step(writePartially) {
  steps[stage] += 1;
  if (stage !== killStage || steps[stage] < Number(killStep)) return;
  await writePartially?.();
  process.kill(process.pid, "SIGKILL");
}

const real = { ...fs };
const instrumented = { ...fs };
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
  instrumented[name] = /** @type {any} */ (
    async (/** @type {any[]} */ ...values) => {
      await step();
      const result = await original(...values);
      if (name === "rename" && String(values[1]).endsWith("/write")) stage = "won";
      return result;
    }
  );
}
instrumented.writeFile = async (file, data, options) => {
  await step(() => fs.writeFile(file, String(data).slice(0, 9), options));
  return fs.writeFile(file, data, options);
};
instrumented.open = async (name, flags, mode) => {
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

const store = openFileStore(path, {
  fs: instrumented,
  timers: systemTimers,
  leaseMs: 30_000,
  self: thisProcess,
  isGone,
});
await store.lock("killed", async () => {
  const before = await store.load("killed");
  const requests = [...(before?.requests ?? []), 0];
  await store.save("killed", grant((before?.version ?? 0) + 1, { requests }), before?.version);
});
process.send?.(steps);
process.disconnect?.();
