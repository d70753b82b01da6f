// Comparisons whose duration must not show where two texts differ. A test cannot measure this; it reads the code.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));
const names = (await readdir(SRC, { recursive: true })).filter((name) => /\.rs$/.test(name));
// The fake keeps its secrets in plain texts.
const files = names.filter((name) => !/^(bindings\/)?testing/.test(name));
const sources = new Map(await Promise.all(files.map(async (name) => /** @type {const} */ ([name, await read(name)]))));

/** The code of a file without its tests and comments. @param {string} name */
async function read(name) {
  const text = await readFile(join(SRC, name), "utf8");
  return text.replace(/\n#\[cfg\(test\)\]\nmod tests \{.*/s, "").replaceAll(/\/\/.*$/gm, "");
}

test("a state and a secret are compared in constant time, and a secret in no other way", () => {
  const secret = sources.get("text/secret.rs") ?? assert.fail();
  const [, derived = ""] = /#\[derive\(([^)]*)\)\]\s*pub struct Secret\b/.exec(secret) ?? [];
  assert.deepEqual(derived.split(", "), ["Clone", "Default"]);
  assert.doesNotMatch(secret, /impl (?:Partial)?(?:Eq|Ord)\b/);

  // The one function compares all numbers and the lengths by `subtle`, and stops at no difference.
  const [, body = ""] = /pub\(crate\) fn matches\(.*?\) -> bool \{(.*?)\n\}/s.exec(secret) ?? [];
  assert.equal(body.match(/\.ct_eq\(/g)?.length, 3);
  assert.doesNotMatch(body, /[=!]=|\b(?:if|match|for|while|return|all|any|find|starts_with)\b/);

  const response = sources.get("oauth/authorization_response.rs") ?? assert.fail();
  assert.match(response, /Some\(state\) if secret::matches\(attempt\.state, &state\) => \{\}/);
  for (const [name, source] of sources) {
    assert.doesNotMatch(
      source,
      /expose\(\)\s*[=!]=|[=!]=\s*[\w.&]*expose\(\)|[=!]=\s*attempt\.state|attempt\.state\s*[=!]=/,
      name,
    );
  }
});
