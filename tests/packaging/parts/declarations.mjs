import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../../runtimes/support/command.mjs";
import { folder } from "../support/install.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TYPE_ROOTS = join(ROOT, "node_modules/@types");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--pretty", "false"];
const BUNDLER = ["--module", "esnext", "--moduleResolution", "bundler", "--types", ""];

/** What people set in their tsconfig; each must be content with the declarations in the tarball. */
const COMPILERS = {
  "a bundler and the DOM": [...BUNDLER, "--lib", "es2022,dom"],
  "a Worker": [...BUNDLER, "--lib", "es2022,webworker"],
  "Node alone": ["--module", "nodenext", "--lib", "es2022", "--types", "node", "--typeRoots", TYPE_ROOTS],
};

describe("the declarations of the tarball", { concurrency: 2 }, () => {
  for (const [setting, flags] of Object.entries(COMPILERS)) {
    test(`compile for ${setting}`, async () => {
      const uses = ["tests/types/uses.ts", ...(setting === "Node alone" ? ["tests/types/require.cts"] : [])];
      const { stdout } = await command(process.execPath, [TSC, ...STRICT, ...flags, ...uses], folder);
      assert.equal(stdout, "");
    });
  }
});
