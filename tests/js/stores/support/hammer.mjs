// Changes one record of a file store many times, each time under its lock, and proves by a file of its own that it was
// alone there. Says at the end how many changes it made.
import * as fs from "node:fs/promises";
import { fileStore } from "../../../../pkg/node.js";
import { grant } from "./expect.mjs";

const [path = "", key = "", changes = ""] = process.argv.slice(2);
const store = fileStore(path);
let stopped = false;
process.on("message", () => {
  stopped = true;
});

let made = 0;
for (; made < Number(changes) && !stopped; made += 1) {
  await store.lock?.(key, async () => {
    const alone = `${path}.alone-${key}`;
    await fs.writeFile(alone, "", { flag: "wx" });
    const before = await store.load(key);
    const requests = [...(before?.requests ?? []), process.pid];
    const saved = await store.save(key, grant((before?.version ?? 0) + 1, { requests }), before?.version);
    if (!saved) throw new Error("someone else saved under the lock");
    await fs.unlink(alone);
  });
}
process.send?.(made);
process.disconnect?.();
