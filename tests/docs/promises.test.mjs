// docs/security.md and docs/stores.md: each promise has a note with the tests that hold it, and what no client can prevent is
// said once.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../runtimes/support/command.mjs";
import { titlesOf } from "../support/titles.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");

/** Sections that promise nothing. @type {Record<string, string[]>} */
const DOCUMENTS = {
  "docs/security.md": ["Security", "What is protected", "What grantkit leaves open"],
  "docs/stores.md": [],
};
const LIMITS = { path: "docs/security.md", title: "What no client can prevent", anchor: "#what-no-client-can-prevent" };

/** @typedef {{ label: string, path: string, title: string }} Named */

/** The notes at the end of a document: the tests that each names. @param {string} text @param {string} document */
function notesOf(text, document) {
  const notes = text.split(/^(?=\[\^)/m).slice(1);
  return notes.map((note) => {
    const [, label = "", list = ""] = /^\[\^([\w-]+)\]: (.*)$/s.exec(note.replaceAll(/\s+/g, " ").trim()) ?? [];
    /** @type {Named[]} */
    const named = [];
    for (const entry of list.split(/; (?=\[)/)) {
      const form = /^\[([^\]]+)\]\(([^)]+)\): "(.+)"$/;
      const [, name = "", target = "", titles = ""] = form.exec(entry) ?? assert.fail(`${label}: ${entry}`);
      const path = join(dirname(document), target);
      assert.ok(path === name || path === `tests/${name}`, `${label}: ${name} leads to ${path}`);
      named.push(...titles.split('", "').map((title) => ({ label, path, title })));
    }
    return { label, named };
  });
}

/** @param {string} text */
const referencesIn = (text) => [...text.matchAll(/\[\^([\w-]+)\](?!:)/g)].map(([, label = ""]) => label);

for (const [document, silent] of Object.entries(DOCUMENTS)) {
  const text = await read(document);
  const [prose = ""] = text.split(/^\[\^/m);
  const notes = notesOf(text, document);

  test(`${document}: every note is referred to, and every reference has one note`, () => {
    const labels = notes.map(({ label }) => label);
    assert.deepEqual(labels, [...new Set(labels)]);
    assert.deepEqual([...new Set(referencesIn(prose))].sort(), [...labels].sort());
  });

  test(`${document}: every named test exists, with exactly that title`, async () => {
    for (const { label, path, title } of notes.flatMap(({ named }) => named)) {
      assert.ok(titlesOf(path, await read(path)).includes(title), `[^${label}]: ${path} has no test "${title}"`);
    }
  });

  test(`${document}: every section of promises names a test, and so does every row of a table`, () => {
    const sections = prose.split(/^#+ /m).slice(1);
    const without = sections.filter((section) => referencesIn(section).length === 0);
    assert.deepEqual(
      without.map((section) => section.split("\n")[0]),
      silent,
    );
    const rows = prose
      .split("\n")
      .filter((line, at, lines) => /^\| (?!---)/.test(line) && !lines[at + 1]?.startsWith("| ---"));
    assert.ok(rows.length > 10);
    const bare = rows.filter((row) => referencesIn(row).length === 0 && !row.includes(LIMITS.anchor));
    // The tokens themselves promise nothing.
    assert.deepEqual(
      bare,
      bare.filter((row) => row.startsWith("| `tokens` |")),
    );
  });
}

test("what no client can prevent is one section, and other texts only link to it", async () => {
  const { stdout } = await command("git", ["ls-files", "-z", "*.md"], ROOT);
  let headings = 0;
  for (const path of stdout.split("\0").filter(Boolean)) {
    const text = (await read(path)).replaceAll(/\s+/g, " ");
    for (const { index } of text.matchAll(/no client can prevent/gi)) {
      const isHeading = path === LIMITS.path && text.slice(0, index).endsWith("## What ");
      const isLink = /^[^[\]]*\]\((docs\/)?(security\.md)?#what-no-client-can-prevent\)/.test(text.slice(index));
      headings += Number(isHeading);
      assert.ok(isHeading || isLink, `${path}: …${text.slice(index - 60, index + 60)}…`);
    }
  }
  assert.equal(headings, 1);
  for (const path of ["SECURITY.md", "DESIGN.md", "docs/stores.md"]) {
    assert.ok((await read(path)).includes(LIMITS.anchor), path);
  }
});

test("titles are found in scripts, in Rust and in vectors", () => {
  const script = `
    test("one", () => {});
    test.skip("not one");
    const asRoot = isRoot ? test : test.skip;
    asRoot("two", async (t) => {});
    const list = [{ name: "three", run() {} }, {
      name: \`\${a ? "x" : "y"}: four\`,
    }];
    other("five");
  `;
  assert.deepEqual(titlesOf("a.mjs", script), ["one", "two", "three", "…: four"]);
  assert.deepEqual(titlesOf("a.rs", "#[test]\nfn six() {}\nfn seven() {}\n    #[test]\n    fn eight(a: u8) {}"), [
    "six",
    "eight",
  ]);
  assert.deepEqual(titlesOf("a.json", '{ "rows": [{ "name": "nine" }] }'), ["nine"]);
});
