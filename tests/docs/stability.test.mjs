// docs/stability.md: its snippet is run, what it names is there, and every entry of the package has a snapshot.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { snippetsOf } from "../support/snippets.mjs";

const { text, snippet, noneIsLeftOut } = await snippetsOf("docs/stability.md");
const ROOT = new URL("../../", import.meta.url);
const STABILITY = new URL("tests/stability/", ROOT);

test("an unknown code goes by `retryable`", async () => {
  const { nextStep } = await snippet("Error codes");
  assert.equal(nextStep({ code: "insufficient_scope", retryable: false }), "connect");
  assert.equal(nextStep({ code: "a_code_of_tomorrow", retryable: true }), "try again");
  assert.equal(nextStep({ code: "a_code_of_tomorrow", retryable: false }), "report");
});

test("the files that it names are there", () => {
  const named = [...text.matchAll(/`(tests\/[^`*]*)`/g)].map(([, path = ""]) => path);
  assert.ok(named.length > 6);
  for (const path of named) assert.ok(existsSync(new URL(path, ROOT)), path);
});

test("every fixture is named in the fixtures' own page", () => {
  const page = readFileSync(new URL("fixtures/README.md", STABILITY), "utf8");
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name.replace("/", ""));
  const there = readdirSync(new URL("fixtures/", STABILITY)).filter((name) => name !== "README.md");
  assert.deepEqual(listed.sort(), there.sort());
});

test("the declarations of each entry have a snapshot", () => {
  /** @type {Record<string, { types?: string }>} */
  const entries = JSON.parse(readFileSync(new URL("pkg/package.json", ROOT), "utf8")).exports;
  const declared = Object.values(entries).flatMap(({ types }) => (types ? types.replace("./", "") : []));
  const snapshots = readdirSync(new URL("snapshots/", STABILITY));
  assert.deepEqual(snapshots.filter((name) => name.endsWith(".d.ts")).sort(), declared.sort());
});

test("no snippet is left out", noneIsLeftOut);
