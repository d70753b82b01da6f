// What is compiled into the WebAssembly modules is listed in pkg/wasm/THIRD-PARTY.txt, with a licence that is allowed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chosen, isText, RULE } from "../../xtask/licence.mjs";
import { command } from "../runtimes/support/command.mjs";

/** @typedef {{ id: string, name: string, version: string, license: string, targets: { kind: string[] }[] }} Crate */
/** @typedef {{ id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }} Node */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (/** @type {string} */ path) => readFile(`${ROOT}pkg/wasm/${path}`);
const [, ...notices] = (await read("THIRD-PARTY.txt")).toString("utf8").trimEnd().split(RULE);
const ENTRY = /^(?<library>[^\n]+? \d\S*) \((?<licence>[^\n]+)\)(?:, in (?<where>[^\n]+))?\n\n(?<text>.+)$/s;
const listed = notices.map((notice) => /** @type {Record<string, string>} */ (ENTRY.exec(notice)?.groups));

/** The crates in the module, by the graph of cargo. @param {string[]} features */
async function compiled(...features) {
  const form = ["--format-version", "1", "--locked", "--offline", "--filter-platform", "wasm32-unknown-unknown"];
  const { stdout } = await command("cargo", ["metadata", ...form, ...features], ROOT);
  /** @type {{ packages: Crate[], resolve: { nodes: Node[] } }} */
  const { packages, resolve } = JSON.parse(stdout);
  const crates = new Map(packages.map((crate) => [crate.id, crate]));
  const own = packages.find(({ name }) => name === "grantkit") ?? assert.fail();
  const found = new Set([own.id]);
  for (const id of found) {
    const { deps = [] } = resolve.nodes.find((node) => node.id === id) ?? {};
    for (const { pkg, dep_kinds } of deps) {
      const isMacro = crates.get(pkg)?.targets.some(({ kind }) => kind.includes("proc-macro"));
      if (!isMacro && dep_kinds.some(({ kind }) => kind === null)) found.add(pkg);
    }
  }
  return packages.filter(({ id }) => found.has(id) && id !== own.id);
}

test("every crate in the modules is listed with its licence, and no other crate is", async () => {
  const crates = await compiled();
  assert.ok(crates.length > 30);
  const expected = crates.map(({ name, version, license }) => `${name} ${version} (${license})`);
  const own = listed.filter(({ where }) => where !== "Rust's standard library");
  const others = own.filter(({ library = "" }) => !library.startsWith("Rust's standard library "));
  assert.deepEqual(others.map(({ library, licence }) => `${library} (${licence})`).sort(), expected.sort());
  const { stdout } = await command("rustc", ["--version"], ROOT);
  assert.ok(own.some(({ library }) => library === `Rust's standard library ${stdout.split(" ")[1]}`));
});

test("each entry has the text of a licence that is allowed", () => {
  for (const { library = "", licence = "", text = "" } of listed) {
    for (const name of chosen(library, licence)) assert.ok(isText(name, text), library);
  }
});

test("every library whose path is in a module is listed", async () => {
  for (const module of ["grantkit_bg.wasm", "testing_bg.wasm"]) {
    const bytes = (await read(module)).toString("latin1");
    const paths = [...bytes.matchAll(/(?:dependencies|\/rust\/deps)\/([\w-]+)-(\d[\w.+-]*)\/src\//g)];
    assert.ok(paths.length > 3, module);
    for (const [, name, version] of paths) {
      assert.ok(
        listed.some(({ library }) => library === `${name} ${version}`),
        `${name} ${version}`,
      );
    }
  }
});

test("of several licences one that is allowed is taken, and a library without one is refused", () => {
  for (const [expression, names] of /** @type {[string, string[]][]} */ ([
    ["MIT", ["MIT"]],
    ["MIT/Apache-2.0", ["MIT"]],
    ["Apache-2.0 OR MIT", ["MIT"]],
    ["Unlicense OR MIT", ["MIT"]],
    ["(MIT OR Apache-2.0) AND Unicode-3.0", ["MIT", "Unicode-3.0"]],
    ["GPL-3.0-only OR (Apache-2.0 AND ISC)", ["Apache-2.0", "ISC"]],
  ])) {
    assert.deepEqual(chosen("a", expression), names, expression);
  }
  for (const refused of ["GPL-3.0-only", "MIT AND GPL-2.0-or-later", "MPL-2.0", "Apache-2.0+", "none", ""]) {
    assert.throws(() => chosen("the-library", refused), /the licence of the-library, .*: use another library, or add/);
  }
});
