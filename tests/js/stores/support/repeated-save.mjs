// Changes one record of a file store many times under its lock, and proves with an exclusive file that no other process
// holds the lock. Sends the number of changes at the end.
import * as fs from "node:fs/promises";
import { fileStore } from "../../../../pkg/node.js";
import { grant } from "./expect.mjs";

const [path = "", key = "", changes = ""] = process.argv.slice(2);
const store = fileStore(path);
let stopped = false;
process.on("message", () => {
  stopped = true;
});

let count = 0;
for (; count < Number(changes) && !stopped; count += 1) {
  await store.lock?.(key, async () => {
    const exclusive = `${path}.exclusive-${key}`;
    await fs.writeFile(exclusive, "", { flag: "wx" });
    const before = await store.load(key);
    const requests = [...(before?.requests ?? []), process.pid];
    const saved = await store.save(key, grant((before?.version ?? 0) + 1, { requests }), before?.version);
    if (!saved) throw new Error("another process saved under the lock");
    await fs.unlink(exclusive);
  });
}
process.send?.(count);
process.disconnect?.();
