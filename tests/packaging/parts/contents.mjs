import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { command } from "../../runtimes/support/command.mjs";
import { files, folder, manifest, tarball } from "../support/install.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ATTW = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
const installed = join(folder, "node_modules/grantkit");

describe("the tarball", () => {
  test("holds what is listed in tarball.txt, and nothing else", async () => {
    const listed = (await readFile(new URL("../tarball.txt", import.meta.url), "utf8")).trim().split("\n");
    assert.deepEqual(files, listed.sort());
  });

  test("has README and licences of the root, which the build copied", async () => {
    for (const name of ["README.md", "LICENSE-APACHE", "LICENSE-MIT"]) {
      // Not the installed file: in the tarball of a release the links of the README lead to the tag.
      const paths = [join(ROOT, "target/package", name), join(ROOT, name)];
      const [copy, text] = await Promise.all(paths.map((path) => readFile(path, "utf8")));
      assert.equal(copy, text, `${name} changed since the build: npm run build`);
      assert.ok(files.includes(name));
    }
  });

  test("brings nothing with it, and runs nothing when it is installed", async () => {
    const modules = await readdir(join(folder, "node_modules"));
    assert.deepEqual(
      modules.filter((name) => !name.startsWith(".")),
      ["grantkit"],
    );
    const needs = ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies", "scripts"];
    assert.deepEqual(
      needs.filter((name) => name in manifest),
      [],
    );
  });

  test("says nothing that publint knows to be wrong", async () => {
    const bytes = await readFile(tarball);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, manifest)),
      [],
    );
  });

  test("has declarations that every module resolution finds, by are-the-types-wrong", async () => {
    // The one rule left out is that require() leads to ES modules. It does so on purpose: Node loads them since 20.19, as
    // the suite does in three versions of it, and TypeScript knows, as tests/types/require.cts shows.
    const rules = ["--ignore-rules", "cjs-resolves-to-esm"];
    await command(process.execPath, [ATTW, tarball, "--format", "ascii", "--no-emoji", ...rules], folder);
  });

  test("points to no source map, since none ships", async () => {
    const scripts = files.filter((name) => /\.[cm]?[jt]s$/.test(name));
    for (const name of scripts) {
      const text = await readFile(join(installed, name), "utf8");
      assert.doesNotMatch(text, /[#@] ?sourceMappingURL=/, name);
    }
  });
});
