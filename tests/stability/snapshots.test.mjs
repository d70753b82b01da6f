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

// The public items of the crate without the module `testing`, which docs/stability.md excludes.
const items = readFileSync(new URL("crate.txt", FOLDER), "utf8").replace(/^pub mod testing \{$.*?^\}$/ms, "");

/** The types of a kind whose members are public. @param {"enum" | "struct"} kind */
function typesOf(kind) {
  const declaration = new RegExp(`((?:^ *#\\[.*\\]\\n)*)^ *pub ${kind} (\\w+).*\\{$`, "gm");
  return [...items.matchAll(declaration)].map(([, attributes = "", name = ""]) => ({
    name,
    isOpen: attributes.includes("#[non_exhaustive]"),
    hasDefault: /derive\(.*\bDefault\b/.test(attributes) || items.includes(`Default for ${name}`),
  }));
}

test("each enum of the crate is open to further variants", () => {
  const enums = typesOf("enum");
  assert.ok(enums.length > 15, `${enums.length} enums`);
  assert.deepEqual(
    enums.filter(({ isOpen }) => !isOpen).map(({ name }) => name),
    [],
  );
});

test("a struct of the crate is open unless a program builds it, and the page names those without a Default", () => {
  const built = typesOf("struct").filter(({ isOpen }) => !isOpen);
  assert.deepEqual(built.map(({ name }) => name).sort(), [
    "Api",
    "AuthorizationServer",
    "BackOff",
    "ClientConfig",
    "Context",
    "Lifetime",
    "LifetimeFormat",
    "Loaded",
    "Loaded",
    "Options",
    "Pending",
    "PerRegion",
    "Profile",
    "RateLimit",
    "Record",
    "Region",
    "Response",
    "Revocation",
    "Save",
    "State",
    "State",
    "Wish",
  ]);
  const page = readFileSync(new URL("../../docs/stability.md", import.meta.url), "utf8");
  const [, section = ""] = /^## The crate\n(.*?)^## /ms.exec(page) ?? [];
  const named = [...section.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name).filter((name) => name !== "Default");
  assert.deepEqual(
    built
      .filter(({ hasDefault }) => !hasDefault)
      .map(({ name }) => name)
      .sort(),
    named.sort(),
  );
});
