// The table in examples/README.md lists every example, and the header of an example names the variables that it reads.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { firstColumn } from "../support/markdown.mjs";

const FOLDER = "examples";
/** Not examples. */
const OTHERS = ["README.md", "support"];

test("every example is in the table", async () => {
  const entries = await readdir(FOLDER, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  const examples = names.filter((name) => !OTHERS.includes(name.replace("/", "")));
  const table = firstColumn(await readFile(join(FOLDER, "README.md"), "utf8"), "Example");
  assert.deepEqual(table.map((cell) => /^\[([^\]]+)\]/.exec(cell)?.[1]).sort(), examples.sort());
});

for (const name of ["crm-sync/main.mjs", "express.mjs", "hono.mjs", "redis.mjs"]) {
  test(`${name} names the variables that it reads`, async () => {
    const text = await readFile(join(FOLDER, name), "utf8");
    const [header = ""] = text.split(/\n\n(?!\/\/)/);
    const read = [...text.matchAll(/const \{([^}]+)\} = process\.env/g)].flatMap(
      ([, names = ""]) => names.match(/[A-Z_]{4,}/g) ?? [],
    );
    assert.ok(read.length > 3);
    for (const variable of read) assert.ok(header.includes(variable), variable);
  });
}
