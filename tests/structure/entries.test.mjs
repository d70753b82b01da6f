import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { rows } from "../support/markdown.mjs";
import {
  bundle,
  ENTRIES,
  FIRST_COLUMN,
  filesFor,
  lists,
  manifest,
  RESULTS,
  sizeSection,
  sizes,
  violations,
  withSizeSection,
} from "./entries.mjs";

const { exports, ...declared } = await manifest();
const measured = await sizes();

test("each entry of the package has a row", () => {
  const entries = Object.keys(exports).filter((name) => name !== "./package.json");
  assert.deepEqual(Object.keys(ENTRIES).sort(), entries.sort());
});

describe("a row keeps runtimes and the fake apart:", () => {
  for (const [name, { targets, modules, imports = {}, wasm }] of Object.entries(ENTRIES)) {
    test(name, () => {
      const isFake = (/** @type {string} */ file) => /(^|\/)(fake|testing)/.test(file);
      if (!name.startsWith("./testing"))
        assert.deepEqual([...modules, ...wasm].filter(isFake), [], "only ./testing has the fake");
      assert.deepEqual(imports.browser ?? [], [], "a browser has no modules of its own");
      const workerd = name === "./cloudflare" ? ["cloudflare:workers"] : [];
      assert.deepEqual(imports.workerd ?? [], workerd, "only ./cloudflare imports modules of Cloudflare");
      for (const path of imports.node ?? []) assert.match(path, /^node:/);
      assert.ok(targets.length > 0);
    });
  }
});

describe("a bundle contains only what its row lists", () => {
  for (const [name, { targets, modules, imports = {} }] of Object.entries(ENTRIES)) {
    test(name, async () => {
      const bundles = await Promise.all(targets.map((target) => bundle(name, target)));
      for (const [index, target] of targets.entries()) {
        const found = /** @type {NonNullable<typeof bundles[number]>} */ (bundles[index]);
        const broken = violations(name, target, found);
        const next = "remove the import, or list the file in tests/structure/entries.mjs";
        assert.ok(broken.length === 0, `${broken.join("; ")}: ${next}`);
        assert.deepEqual(found.imports, (imports[target] ?? []).toSorted(), `what it imports for ${target}`);
      }
      const unused = modules.filter(
        (listed) => !bundles.some((found) => found.modules.some((file) => lists([listed], file))),
      );
      assert.deepEqual(unused, [], "its row lists no file that no bundle contains");
    });
  }
});

/** @type {[string, string, import("./entries.mjs").Target, Record<string, string>, string[]][]} */
const PLANTED = [
  [
    "the fake",
    ".",
    "browser",
    {
      "client.js": 'export { fakeZoho } from "./fake-zoho.js";',
      "index.js": 'export { fakeZoho } from "./client.js";',
    },
    [
      "contains fake-no-server.js",
      "contains fake-transport.js",
      "contains fake-zoho.js",
      "contains load/testing-fetch.js",
    ],
  ],
  [
    "the fake, on demand",
    ".",
    "node",
    { "client.js": 'globalThis.fake = () => import("./fake-zoho.js");' },
    ["contains fake-server.js"],
  ],
  [
    "the testing module",
    ".",
    "browser",
    { "client.js": 'globalThis.module = new URL("wasm/testing_bg.wasm", import.meta.url);' },
    ["refers to testing_bg.wasm"],
  ],
  [
    "the testing module of a Worker",
    ".",
    "workerd",
    { "client.js": 'import { source } from "#testing-wasm"; globalThis.module = source();' },
    ["contains load/testing-workerd.js", "refers to testing_bg.wasm"],
  ],
  ["a module of Node", ".", "browser", { "manager.js": 'import "node:crypto";' }, ["imports node:crypto"]],
  ["a module of Node", "./redis", "workerd", { "stores/redis.js": 'import "node:net";' }, ["imports node:net"]],
  ["another module of Node", "./node", "node", { "stores/file.js": 'import "node:net";' }, ["imports node:net"]],
  [
    "a module of Cloudflare",
    "./web",
    "workerd",
    { "web.js": 'import "cloudflare:workers";' },
    ["imports cloudflare:workers"],
  ],
  ["a dependency", ".", "node", { "check.js": 'import "left-pad";' }, ["imports left-pad"]],
  [
    "a store of another entry",
    ".",
    "node",
    { "manager.js": 'export * from "./stores/redis.js";' },
    ["contains stores/redis.js"],
  ],
  [
    "the core",
    "./web",
    "browser",
    { "web.js": 'export * from "./wasm.js";' },
    ["contains wasm.js", "refers to grantkit_bg.wasm"],
  ],
];

describe("a planted import is found:", () => {
  for (const [what, name, target, lines, expected] of PLANTED) {
    test(`${what} in ${name} for ${target}`, async () => {
      const found = violations(name, target, await bundle(name, target, lines));
      for (const violation of expected) {
        assert.ok(
          found.includes(`the bundle of ${name} for ${target} ${violation}`),
          `${violation}: ${found.join("; ")}`,
        );
      }
    });
  }

  test("an entry without its WebAssembly module", () => {
    const without = { modules: [], imports: [], wasm: [] };
    const expected = ["the bundle of . for node does not refer to grantkit_bg.wasm"];
    assert.deepEqual(violations(".", "node", without), expected);
  });
});

test("a bundle of OAuthClient has no code of the manager and of stores", async () => {
  const ofStores = ["manager.js", "refresh.js", "revoke-grant.js", "in-store.js", "record-fields.js", "sealer.js"];
  const files = await filesFor("OAuthClient", "workerd");
  assert.ok(files.includes("client.js"));
  assert.deepEqual(
    files.filter((file) => lists([...ofStores, "store-effects.js", "store-error.js", "stores/"], file)),
    [],
  );
});

test("the package has no dependency", () => {
  const { dependencies, peerDependencies, optionalDependencies } = declared;
  assert.deepEqual([dependencies, peerDependencies, optionalDependencies], [undefined, undefined, undefined]);
});

describe("size", () => {
  for (const { what, raw, minified = raw, limit } of measured) {
    test(`${what} has at most ${limit} bytes`, () => assert.ok(minified <= limit, `it has ${minified}`));
  }

  test("RESULTS.md has the sizes of what is built, within 2 %", async () => {
    const recorded = rows(await readFile(RESULTS, "utf8"), FIRST_COLUMN);
    assert.deepEqual(
      recorded.map(([what]) => what),
      measured.map(({ what }) => what),
    );
    for (const [index, { what, raw, minified, limit }] of measured.entries()) {
      const [, ...cells] = recorded[index] ?? [];
      const [rawThen, minifiedThen, , , limitThen] = cells.map((cell) => Number(cell.replaceAll(",", "")));
      const next = "run node tests/size.mjs --table";
      for (const [now, then] of [
        [raw, rawThen],
        [minified ?? 0, minifiedThen],
      ]) {
        const isClose = Math.abs((now ?? 0) - (then ?? 0)) <= 0.02 * (then ?? 0);
        assert.ok(isClose, `${what} has ${now} bytes and RESULTS.md says ${then}: ${next}`);
      }
      assert.equal(limitThen, limit, `the limit of ${what}: ${next}`);
    }
  });

  test("the table replaces its section and nothing else", () => {
    const section = sizeSection([{ what: "grantkit", raw: 2000, minified: 1000, gzip: 300, brotli: 200, limit: 1500 }]);
    assert.deepEqual(rows(section, FIRST_COLUMN), [["grantkit", "2,000", "1,000", "300", "200", "1,500"]]);
    const [before, after] = ["# Results\n\ntext\n\n", "\n## Other\n\ntext\n"];
    const old = sizeSection([]);
    assert.equal(withSizeSection(`${before}${old}${after}`, section), `${before}${section}${after}`);
    assert.equal(withSizeSection(`${before}${old}`, section), `${before}${section}`);
    assert.equal(withSizeSection(before, section), `${before}${section}`);
  });
});
