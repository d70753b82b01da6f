import { join } from "node:path";
import { describe, test } from "node:test";
import { missing } from "../../runtimes/support/executables.mjs";
import { suiteOnBarePage } from "../../runtimes/support/pages.mjs";
import { suiteInProcess } from "../../runtimes/support/process.mjs";
import { check } from "../../runtimes/support/report.mjs";
import { suiteInWorkerd } from "../../runtimes/support/workerd.mjs";
import { folder } from "../support/install.mjs";

const PROGRAMS = "tests/runtimes/programs";

/** @type {[Parameters<typeof suiteInProcess>[0], string[]][]} */
const PROCESSES = [
  ["node", ["esm.mjs", "commonjs.cjs"]],
  ["node-22", ["esm.mjs", "commonjs.cjs"]],
  ["node-24", ["esm.mjs", "commonjs.cjs"]],
  ["deno", ["esm.mjs"]],
  ["bun", ["esm.mjs", "commonjs.cjs"]],
];

describe("the suite passes against the installed package", { concurrency: 2 }, () => {
  for (const [runtime, programs] of PROCESSES) {
    for (const program of programs) {
      test(`in ${runtime}, ${program}`, { skip: missing(runtime) }, async () => {
        check(await suiteInProcess(runtime, folder, `${PROGRAMS}/${program}`));
      });
    }
  }

  test("in workerd", async () => check(await suiteInWorkerd(join(folder, PROGRAMS, "worker.mjs"))));

  test("on a page with an import map, in Chromium", async () => check(await suiteOnBarePage(folder)));
});
