// Runs the snippets of a Markdown text unchanged.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sections } from "./markdown.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** @param {string} path of the text, from the root of the repository */
export async function snippetsOf(path) {
  const text = await readFile(join(ROOT, path), "utf8");
  const parts = sections(text);
  // Inside the repository, so that the snippets can import the package by its name.
  await mkdir(join(ROOT, "target"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, "target", "snippets-"));
  after(() => rm(folder, { recursive: true }));
  /** Titles of the sections whose snippets ran. @type {Set<string>} */
  const run = new Set();
  let runs = 0;

  /** The JavaScript of a section, for a test that runs it. @param {string} title */
  function codeOf(title) {
    run.add(title);
    return parts.find((section) => section.title === title)?.code ?? assert.fail(`no section is called ${title}`);
  }

  return {
    text,
    sections: parts,
    /** A folder for files of the snippets. */
    folder,
    codeOf,
    /** Imports the JavaScript of a section as one module. @param {string} title */
    async snippet(title) {
      const code = codeOf(title);
      runs += 1;
      const file = join(folder, `${runs}.mjs`);
      await writeFile(file, code);
      return import(pathToFileURL(file).href);
    },
    /** Fails if a section has JavaScript that did not run. */
    noneIsLeftOut() {
      const titles = parts.filter(({ code }) => code).map(({ title }) => title);
      assert.deepEqual([...run].sort(), titles.sort());
    },
  };
}
