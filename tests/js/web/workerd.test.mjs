import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { bundle, Miniflare } from "../../runtimes/support/workerd.mjs";
import { suite } from "./support/suite.mjs";

/** The results of the suite in workerd. @returns {Promise<{ name: string, failure?: string }[]>} */
async function runInWorkerd() {
  const modulesRoot = await mkdtemp(join(tmpdir(), "grantkit-web-"));
  const modules = await bundle(fileURLToPath(new URL("support/worker.mjs", import.meta.url)), modulesRoot);
  const miniflare = new Miniflare({ modulesRoot, modules, compatibilityDate: "2026-04-01" });
  try {
    return await (await miniflare.dispatchFetch("http://localhost/")).json();
  } finally {
    await miniflare.dispose();
    await rm(modulesRoot, { recursive: true });
  }
}

const results = await runInWorkerd();

test("the whole suite ran in workerd", () => {
  assert.deepEqual(
    results.map(({ name }) => name),
    suite.map(({ name }) => name),
  );
});

for (const { name, failure } of results) {
  test(`workerd: ${name}`, () => {
    if (failure) assert.fail(failure);
  });
}
