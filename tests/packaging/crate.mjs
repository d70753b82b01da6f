// The crate as crates.io gets it: packed, and compiled from what was packed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../runtimes/support/command.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
// A folder of its own, since cargo locks the one where the tests are compiled.
const CARGO = { CARGO_TARGET_DIR: `${ROOT}target/crate`, CARGO_TERM_COLOR: "never" };
const OWN = [
  ".cargo_vcs_info.json",
  "CHANGELOG.md",
  "Cargo.lock",
  "Cargo.toml",
  "Cargo.toml.orig",
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "examples/native.rs",
];

const cargo = (/** @type {string[]} */ ...args) =>
  command("cargo", [...args, "--offline", "--allow-dirty", "--package", "grantkit"], ROOT, CARGO);

test("the crate holds the core, its example and its texts, and nothing else", async () => {
  const { stdout } = await cargo("package", "--list");
  const files = stdout.trim().split("\n");
  const isSource = (/** @type {string} */ name) => /^src\/[\w/-]+\.(rs|css|json)$/.test(name);
  assert.ok(files.includes("src/lib.rs"));
  // Cargo names the commit only if it is packed from a repository.
  const others = files.filter((name) => !isSource(name));
  assert.deepEqual(new Set([".cargo_vcs_info.json", ...others]), new Set(OWN));
});

test("what was packed compiles, and cargo has nothing to say about it", async () => {
  const { stderr } = await cargo("package", "--all-features");
  const warnings = stderr.split("\n").filter((line) => line.startsWith("warning"));
  const others = warnings.filter((line) => !/^warning: ignoring (test|benchmark) `/.test(line));
  assert.deepEqual(others, []);
  assert.match(stderr, /^ +Finished /m);
});
