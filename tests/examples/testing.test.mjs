// examples/testing: its tests pass, and fail when the application is wrong.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { start } from "../support/program.mjs";

const FOLDER = "examples/testing";
const TESTS = 6;

/** @param {string} folder @returns {Promise<{ code: number | null, passed: number, failed: string[] }>} */
async function run(folder) {
  const { code, lines } = await start(["--test", "--test-reporter=tap", join(folder, "leads.test.mjs")]).ended;
  const failed = lines.flatMap((line) => /^ *not ok \d+ - (.+)$/.exec(line)?.[1] ?? []);
  return { code, passed: Number(/^# pass (\d+)$/m.exec(lines.join("\n"))?.[1]), failed };
}

test("its tests pass", async () => {
  assert.deepEqual(await run(FOLDER), { code: 0, passed: TESTS, failed: [] });
});

test("its tests fail for an application that does not retry, and for one that mixes up its users", async (t) => {
  // In the repository, so that the import of "grantkit" resolves.
  await mkdir("target", { recursive: true });
  const folder = await mkdtemp(join("target", "example-testing-"));
  t.after(() => rm(folder, { recursive: true }));
  await cp(FOLDER, folder, { recursive: true });
  const source = await readFile(join(folder, "leads.mjs"), "utf8");
  for (const [right, wrong, found] of /** @type {const} */ ([
    ["if (error.retryable)", "if (false)", "while Zoho fails the user waits, and no token is lost"],
    ["{ key: user }", "{}", "each user sees their own leads, from their own data centre"],
  ])) {
    const broken = source.replace(right, wrong);
    assert.notEqual(broken, source);
    await writeFile(join(folder, "leads.mjs"), broken);
    const { code, failed } = await run(folder);
    assert.equal(code, 1);
    assert.ok(failed.includes(found), failed.join());
  }
});
