import assert from "node:assert/strict";
import { copyFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { command } from "../../runtimes/support/command.mjs";
import { suiteOnBarePage, suiteOnBundledPage } from "../../runtimes/support/pages.mjs";
import { suiteInProcess } from "../../runtimes/support/process.mjs";
import { check } from "../../runtimes/support/report.mjs";
import { modulesIn, suiteInBundle } from "../../runtimes/support/workerd.mjs";
import { emittedModules, esbuild, rollup, vite, webpack } from "../support/bundlers.mjs";
import { consumers, folder } from "../support/install.mjs";

const WRANGLER = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");

describe("the suite passes", { concurrency: 2 }, () => {
  test("bundled by Vite, in Chromium", async () => {
    const out = join(consumers, "vite");
    await vite(join(consumers, "index.html"), out);
    assert.equal(await emittedModules(out), 2);
    check(await suiteOnBundledPage(out));
  });

  test("bundled by webpack, in Chromium", async () => {
    const out = join(consumers, "webpack");
    await webpack(join(consumers, "page.js"), out);
    await copyFile(join(consumers, "index.html"), join(out, "index.html"));
    assert.equal(await emittedModules(out), 2);
    check(await suiteOnBundledPage(out));
  });

  for (const [name, bundle] of Object.entries({ esbuild, rollup })) {
    test(`bundled by ${name} from grantkit/inline to one file, in Node and in Chromium`, async () => {
      const out = join(consumers, name);
      await bundle(join(consumers, "inline.js"), out);
      assert.deepEqual(await readdir(out), ["inline.js"]);
      check(await suiteInProcess("node", folder, "tests/runtimes/programs/bundle.mjs", [join(out, "inline.js")]));
      check(await suiteOnBarePage(folder, `/tests/packaging/consumers/${name}/inline.js`));
    });
  }

  test("bundled by wrangler, in workerd", async () => {
    const out = join(consumers, "wrangler");
    const arguments_ = ["deploy", "--dry-run", "--outdir", out, "--config", join(consumers, "wrangler.jsonc")];
    // What wrangler keeps for its user stays in the folder that is removed.
    const own = { CI: "1", WRANGLER_SEND_METRICS: "false", XDG_CONFIG_HOME: out, WRANGLER_LOG_PATH: out };
    await command(process.execPath, [WRANGLER, ...arguments_], consumers, own);
    assert.equal(await emittedModules(out), 2);
    check(await suiteInBundle(out, await modulesIn(out, "worker.js")));
  });
});
