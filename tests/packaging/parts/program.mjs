// The command line as npm installs it: by its name, with the libraries that it brings.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { machine, PROGRAM } from "../../cli/support/grantkit.mjs";
import { folder } from "../support/install.mjs";

const INSTALLED = join(folder, "node_modules/grantkit/cli");

test("npx finds the program, and a grant goes from its code to its end", async (t) => {
  const at = await machine(t);
  const npx = (/** @type {string[]} */ ...args) =>
    at.start(args, { program: ["npx", "--no-install", "grantkit"], cwd: folder }).ended;
  const { version } = JSON.parse(await readFile(join(folder, "node_modules/grantkit/package.json"), "utf8"));
  assert.equal((await npx("--version")).stdout, `${version}\n`);
  const connected = await npx("self-client", "--fake");
  assert.equal(connected.code, 0, connected.stderr);
  assert.match((await npx("token", "--fake")).stdout, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}\n$/);
  assert.equal((await npx("revoke", "--fake", "--yes")).code, 0);
});

test("every library in the program's scripts is named with its licence", async () => {
  const notices = await readFile(join(INSTALLED, "THIRD-PARTY.txt"), "utf8");
  const named = [...notices.matchAll(/^(@?[\w./-]+) \d+\.\d+\.\d+ \((\S+)\)$/gm)].map(([, name]) => name);
  for (const name of ["@clack/core", "@clack/prompts", "commander", "open", "picocolors", "yocto-spinner"]) {
    assert.ok(named.includes(name), name);
  }
  for (const notice of notices.split(/^-{78}$/m)) assert.match(notice, /permission/i);
  // And the program that is tested elsewhere is the one that ships.
  assert.equal(await readFile(join(INSTALLED, "grantkit.js"), "utf8"), await readFile(PROGRAM, "utf8"));
});
