// docs/cli.md says what the program does: its options, variables, files and exit codes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { dataFolder } from "../../pkg/cli/src/places.js";
import { createProgram } from "../../pkg/cli/src/program.js";

const DOCS = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
const program = createProgram("0", async () => {});

/** The part of the text below a heading. @param {string} heading */
function part(heading) {
  const [, below = assert.fail(`no part is called ${heading}`)] = DOCS.split(`\n${heading}\n`);
  const level = heading.split(" ")[0];
  return below.split(new RegExp(`^#{1,${level?.length}} `, "m"))[0] ?? "";
}

test("every command has a part, and every option of its own is in it", () => {
  assert.deepEqual(
    [...DOCS.matchAll(/^### (.*)$/gm)].map(([, name]) => name),
    program.commands.map((command) => command.name()),
  );
  const client = part("## The client");
  for (const command of program.commands) {
    const own = part(`### ${command.name()}`);
    for (const { flags } of command.options) {
      assert.ok(own.includes(`\`${flags}\``) || client.includes(`\`${flags}\``), `${command.name()} ${flags}`);
    }
  }
});

test("every option of all commands is listed, and every variable stands beside its option", () => {
  const listed = part("## Options of every command") + part("## The client");
  for (const { flags } of program.options) {
    if (!flags.includes("--version")) assert.ok(listed.includes(`\`${flags}\``), flags);
  }
  for (const { flags, envVar } of [program, ...program.commands].flatMap(({ options }) => options)) {
    if (envVar) assert.ok(listed.includes(`| \`${flags}\` | \`${envVar}\` |`), `${flags} ${envVar}`);
  }
});

test("the table of exit codes is complete and right", () => {
  const rows = [...part("## Exit codes").matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [
    name,
    Number(code),
  ]);
  assert.deepEqual(Object.fromEntries(rows), EXIT);
});

test("the folders are where the text says", () => {
  const home = "/home/ada";
  const folder = (/** @type {string} */ platform, /** @type {NodeJS.ProcessEnv} */ env = {}) =>
    dataFolder({ platform, home, env });
  assert.equal(folder("linux"), "/home/ada/.local/share/grantkit");
  assert.equal(folder("linux", { XDG_DATA_HOME: "/data" }), "/data/grantkit");
  assert.equal(folder("linux", { XDG_DATA_HOME: "data" }), "/home/ada/.local/share/grantkit");
  assert.equal(folder("darwin"), "/home/ada/Library/Application Support/grantkit");
  assert.equal(folder("win32", { LOCALAPPDATA: "/local" }), "/local/grantkit");
  for (const place of [
    "$XDG_DATA_HOME/grantkit",
    "~/.local/share/grantkit",
    "~/Library/Application Support/grantkit",
    "%LOCALAPPDATA%\\grantkit",
  ]) {
    assert.ok(part("## Files").includes(place), place);
  }
});
