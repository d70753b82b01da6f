// The files that a forge and an editor read: they agree with what is there.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { command } from "../runtimes/support/command.mjs";
import { links, rows } from "../support/markdown.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");
const { stdout } = await command("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT);
const files = stdout.split("\0").filter((name) => name && existsSync(join(ROOT, name)));

test("updates come in groups, for every file that pins versions", async () => {
  /** @type {{ updates: Record<string, any>[] }} */
  const { updates } = parse(await read(".github/dependabot.yml"));
  for (const update of updates) {
    assert.deepEqual(Object.values(update.groups), [{ patterns: ["*"] }], update["package-ecosystem"]);
  }
  /** @param {string} ecosystem */
  const covered = (ecosystem) => {
    const update = updates.find((candidate) => candidate["package-ecosystem"] === ecosystem);
    return (update?.directories ?? [update?.directory]).sort();
  };
  /** @param {string} name */
  const folders = (name) =>
    files
      .filter((path) => path === name || path.endsWith(`/${name}`))
      .map((path) => `/${dirname(path)}`.replace(/\/\.$/, "/"))
      .sort();
  assert.deepEqual(covered("npm"), folders("package-lock.json"));
  assert.deepEqual(covered("cargo"), folders("Cargo.lock"));
  assert.deepEqual(covered("pip"), folders("requirements.txt"));
  assert.deepEqual(covered("github-actions"), ["/"]);
});

test("lockfiles name no registry, and have the hash of all that is installed where the workflows run", async () => {
  const locks = files.filter((path) => path.endsWith("package-lock.json"));
  assert.ok(locks.length >= 3);
  for (const name of locks) {
    /** @type {{ packages: Record<string, any> }} */
    const { packages } = JSON.parse(await read(name));
    for (const [path, { resolved, integrity, link, optional, os, cpu, libc }] of Object.entries(packages)) {
      if (!path.includes("node_modules/") || link) continue;
      assert.equal(resolved, undefined, `${name}: ${path} names where it came from`);
      const isElsewhere = optional && !(os?.includes("linux") && cpu?.includes("x64") && !libc?.includes("musl"));
      assert.ok(/^sha512-/.test(integrity) || isElsewhere, `${name}: ${path} has no hash`);
    }
  }
});

test("README and licences are in git once: the build copies them into the package", async () => {
  const { stdout: tracked } = await command("git", ["ls-files", "-z"], ROOT);
  const named = tracked.split("\0").filter((path) => /^(?:pkg\/)?(?:README\.md|LICENSE-\w+)$/.test(path));
  assert.deepEqual(named.sort(), ["LICENSE-APACHE", "LICENSE-MIT", "README.md"]);
});

test("SECURITY.md says which versions are supported, and when a report is answered", async () => {
  const text = await read("SECURITY.md");
  const { version } = JSON.parse(await read("pkg/package.json"));
  const [major, minor] = version.split(".").map(Number);
  const [latest = [], older = []] = rows(text, "Version");
  const next = `${major}.${minor + 1}.0`;
  assert.deepEqual(latest, [`${major}.${minor}, the latest minor version`, `Until three months after ${next}`]);
  assert.deepEqual(older, ["Older ones", "None"]);
  assert.deepEqual(
    rows(text, "What you get").map(([, when]) => when),
    ["Within 3 working days", "Within 10 days", "Within 90 days"],
  );
});

test("the changelog has the form of Keep a Changelog 1.1.0", async () => {
  const headings = (await read("CHANGELOG.md")).match(/^#+ .*$/gm) ?? [];
  const [title, unreleased, ...rest] = headings;
  assert.deepEqual([title, unreleased], ["# Changelog", "## [Unreleased]"]);
  const known = /^(## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d|### (Added|Changed|Deprecated|Removed|Fixed|Security))$/;
  for (const heading of rest) assert.match(heading, known);
});

test("templates have what the forge asks for, and no link that leads nowhere in an issue", async () => {
  const folder = ".github/ISSUE_TEMPLATE";
  for (const name of await readdir(join(ROOT, folder))) {
    const text = await read(`${folder}/${name}`);
    const [, front = "", body = ""] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? assert.fail(name);
    assert.deepEqual(Object.keys(parse(front)), ["name", "about"]);
    assert.match(body, /Never paste a token/);
    // In an issue they would be relative to its address.
    assert.deepEqual(links(body), [], name);
  }
  assert.match(await read(".github/PULL_REQUEST_TEMPLATE.md"), /`npm test`/);
});

test("the editor's widths are those of the formatters", async () => {
  const [common = "", , rust = ""] = (await read(".editorconfig")).split(/^(?=\[)/m).slice(1);
  const width = (/** @type {string} */ section) => Number(/max_line_length = (\d+)/.exec(section)?.[1]);
  const { formatter } = JSON.parse(await read("biome.json"));
  assert.deepEqual(
    [width(common), Number(/indent_size = (\d)/.exec(common)?.[1])],
    [formatter.lineWidth, formatter.indentWidth],
  );
  assert.match(rust, /^\[\*\.rs\]/);
  assert.equal(width(rust), Number(/max_width = (\d+)/.exec(await read("rustfmt.toml"))?.[1]));
});

test("every text ends with a line break, and no line with a blank", async () => {
  const binary = /\.(png|ico|woff2|wasm)$|^tests\/fuzz\/corpus\//;
  for (const name of files.filter((path) => !binary.test(path))) {
    const text = await read(name);
    assert.ok(text === "" || text.endsWith("\n"), `${name} ends without a line break`);
    assert.ok(!/\r|[ \t]$/m.test(text), `${name} has a blank at the end of a line`);
  }
});
