// Grants as commit 179b6fa stored them: in a file, in memory, and sealed.

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { memoryStore, sealedStore, sealer } from "grantkit";
import { fileStore } from "grantkit/node";
import { fixture, pathOf } from "./support/fixtures.mjs";
import { readsGrants } from "./support/grants.mjs";
import { KEY, SECOND_KEY } from "./support/settings.mjs";

const folder = await mkdtemp(join(tmpdir(), "grantkit-stability-"));
after(() => rm(folder, { recursive: true }));
let files = 0;

/** A copy of a file of grants. @param {string} name */
async function copyOf(name) {
  files += 1;
  const path = join(folder, `${files}.json`);
  await copyFile(pathOf(name), path);
  return fileStore(path);
}

readsGrants("fileStore", () => copyOf("grants.json"));

readsGrants("sealedStore in fileStore, with the key behind a new one", async () =>
  sealedStore(await copyOf("grants-sealed.json"), sealer([SECOND_KEY, KEY])),
);

readsGrants("memoryStore", async () => {
  const store = memoryStore();
  for (const [key, record] of Object.entries(fixture("memory.json"))) await store.save(key, record, undefined);
  return store;
});
