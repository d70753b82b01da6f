// Drops root, and then uses a file store as another user. Sends what it loaded and what it found.
import * as fs from "node:fs/promises";
import { fileStore } from "../../../../pkg/node.js";
import { grant } from "./expect.mjs";

const [path = "", user = "", umask = ""] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(Number(user));
process.setuid?.(Number(user));
process.umask(Number.parseInt(umask, 8));

/** @type {Record<string, string>} */
const modes = {};
/** The modes of a folder and of all that is in it. @param {string} folder */
async function look(folder) {
  for (const name of [".", ...(await fs.readdir(folder, { recursive: true }))]) {
    const stats = await fs.lstat(`${folder}/${name}`);
    modes[name.replace(/[0-9a-f]{8}[0-9a-f-]{24,}/g, "*")] = `${(stats.mode & 0o777).toString(8)} of ${stats.uid}`;
  }
}

/** @type {Record<string, unknown>} */
const result = { modes };
try {
  const store = fileStore(path);
  const before = await store.load("a");
  result.loaded = before?.version;
  await store.lock?.("a", async () => {
    await look(`${path}.locks`);
    result.saved = await store.save("a", grant((before?.version ?? 0) + 1), before?.version);
  });
} catch (error) {
  result.error = String(/** @type {Error} */ (error).message);
}
process.send?.(result);
process.disconnect?.();
