// The exported declarations are those of the snapshots in git, so that a change shows in review. The crate's public items
// are compared by a test of xtask.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { declarations } from "./support/declarations.mjs";

const FOLDER = new URL("./snapshots/", import.meta.url);
const NEXT = "if the change is meant, run: cargo xtask snapshot";

const declared = declarations();

test("each entry of the package has a snapshot, and no other file has one", () => {
  const snapshots = readdirSync(FOLDER).filter((name) => name.endsWith(".d.ts"));
  assert.deepEqual(snapshots.sort(), [...declared.keys()].sort(), NEXT);
});

for (const [name, text] of declared) {
  test(`${name} declares what its snapshot says`, () => {
    assert.equal(text, readFileSync(new URL(name, FOLDER), "utf8"), `${name} declares something else: ${NEXT}`);
  });
}
