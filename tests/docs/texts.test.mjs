// Every Markdown document: the width of its lines, and whether its commands, linked files and linked headings exist.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../runtimes/support/command.mjs";
import { anchors, sections, targets } from "../support/markdown.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");
const listed = await command("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], ROOT);
const TEXTS = listed.stdout.split("\0").filter((name) => name && existsSync(join(ROOT, name)));
const { scripts } = JSON.parse(await read("package.json"));
const verbs = await read("xtask/src/main.rs");
const WIDTH = Number(/max_line_length = (\d+)/.exec(await read(".editorconfig"))?.[1]);

test("the documents are found", () => {
  for (const name of ["README.md", "CONTRIBUTING.md", "DESIGN.md", "docs/zoho.md", "examples/README.md"])
    assert.ok(TEXTS.includes(name), name);
});

for (const name of TEXTS) {
  test(`${name}: links lead to existing files and headings`, async () => {
    const text = await read(name);
    for (const target of targets(text)) await assertExists(target, name, text);
  });

  test(`${name}: no line of prose is wider than max_line_length`, async () => {
    const text = (await read(name)).replaceAll(/^( *)```.*?^\1```$/gms, "");
    const wide = text.split("\n").filter((line) => [...line].length > WIDTH && !/^ *\|/.test(line));
    assert.deepEqual(wide, []);
  });

  test(`${name}: commands exist`, async () => {
    const text = await read(name);
    const inline = [...text.matchAll(/`((?:npm|node|cargo) [^`]+)`/g)].map(([, line = ""]) => line);
    for (const line of [...sections(text).flatMap(({ commands }) => commands), ...inline]) {
      assert.ok(exists(line.trim(), dirname(name)), line);
    }
  });
}

/** @param {string} target @param {string} name of the text @param {string} text */
async function assertExists(target, name, text) {
  // Other sites are not requested: tests use no network.
  if (/^\w+:/.test(target)) {
    assert.match(target, /^https:\/\/[\w.-]+\.\w+(\/\S*)?$/, target);
    return;
  }
  const [path = "", anchor] = target.split("#");
  const file = path ? join(dirname(name), path) : name;
  assert.ok(existsSync(join(ROOT, file)), `${target}: there is no ${file}`);
  if (anchor !== undefined)
    assert.ok(anchors(path ? await read(file) : text).includes(anchor), `${target}: no such heading`);
}

/** Commands of npm itself. All others are scripts of the workspace. */
const NPM_COMMANDS = ["npm install", "npm ci", "npm install grantkit", "npm audit signatures"];

/** Whether the script or file of a command exists. @param {string} line @param {string} folder of the text */
function exists(line, folder) {
  const [program = "", verb = "", word = ""] = line.split(" ");
  if (program === "npm" && !NPM_COMMANDS.includes(line)) return scripts[verb === "run" ? word : verb] !== undefined;
  if (program === "cargo" && verb === "xtask") return new RegExp(`\\(\\s*"${word}",`).test(verbs);
  const path = line.split(" ").find((part) => /\.(mjs|js)$/.test(part));
  return program !== "node" || !path || existsSync(join(ROOT, path)) || existsSync(join(ROOT, folder, path));
}
