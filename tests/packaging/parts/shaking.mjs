// What an application does not use is not in its bundle.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { emittedModules, esbuild, rollup, vite, webpack } from "../support/bundlers.mjs";
import { consumers } from "../support/install.mjs";

/** A text of each part, which no minifier takes out. The boundary's is one of its effects, if it has any. */
const PARTS = {
  boundary: "TextEncoder",
  client: "the WebAssembly module cannot be loaded",
  manager: "is not a whole number of seconds",
  sealer: "A256GCM",
};

/** What is left for programs that import two functions of the package. @type {[string, (keyof typeof PARTS)[]][]} */
const PROGRAMS = [
  ["data-centre.js", []],
  ["client.js", ["boundary", "client"]],
];

/** @param {string} out */
async function scripts(out) {
  const names = (await readdir(out, { recursive: true })).filter((name) => name.endsWith(".js"));
  return (await Promise.all(names.map((name) => readFile(join(out, name), "utf8")))).join("\n");
}

describe("what is not used is left out", () => {
  for (const [bundler, bundle] of Object.entries({ vite, webpack, esbuild, rollup })) {
    test(`by ${bundler}`, async () => {
      for (const [program, parts] of PROGRAMS) {
        const out = join(consumers, "shaken", bundler, program);
        await bundle(join(consumers, program), out);
        const text = await scripts(out);
        const found = Object.entries(PARTS).filter(([, words]) => text.includes(words));
        assert.deepEqual(
          found.map(([part]) => part),
          parts,
          program,
        );
      }
    });
  }

  for (const [bundler, bundle] of Object.entries({ vite, webpack })) {
    test(`and ${bundler} emits one module for an application, not the fake's`, async () => {
      const out = join(consumers, "emitted", bundler);
      await bundle(join(consumers, "client.js"), out);
      assert.equal(await emittedModules(out), 1);
    });
  }
});
