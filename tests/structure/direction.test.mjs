// Imports point one way: in the crate along its layers, in the package through one file for each WebAssembly module, and
// nowhere in a circle. `rules.mjs` has the order, `known.mjs` what still breaks it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../runtimes/support/command.mjs";
import { circles } from "./graph.mjs";
import { jsImports } from "./js-imports.mjs";
import * as known from "./known.mjs";
import {
  importersOf,
  LAYERS,
  layerOf,
  MODULES,
  MORE,
  nulFrames,
  SCRIPTS,
  unknownLayers,
  unknownScripts,
  wrongArrows,
  wrongModules,
  wrongNames,
  wrongScripts,
} from "./rules.mjs";
import { codeAndTexts, codeOf, rustImports } from "./rust-imports.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { stdout } = await command("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT);
const listed = stdout.split("\0").filter(Boolean);

/** The files with such a path that exist, with their text. @param {RegExp} pattern */
async function sources(pattern) {
  const read = listed
    .filter((path) => pattern.test(path))
    .map(async (path) => {
      const text = await readFile(join(ROOT, path), "utf8").catch(() => undefined);
      return /** @type {[string, string | undefined]} */ ([path, text]);
    });
  const found = await Promise.all(read);
  return /** @type {Map<string, string>} */ (new Map(found.filter(([, text]) => text !== undefined)));
}

const manifest = JSON.parse(await readFile(join(ROOT, "pkg/package.json"), "utf8"));
/** The files behind the names of the package. @type {Map<string, string>} */
const entries = new Map(
  Object.entries(manifest.exports).flatMap(([name, target]) =>
    target.default ? [[name.replace(".", manifest.name), target.default.replace(".", "pkg")]] : [],
  ),
);
const ENTRIES = [...entries.values()];
/** Where names of the package lead: entries, and the file that has a server. @param {string} name */
const named = (name) => entries.get(name) ?? (name === "#testing-server" ? "pkg/fake-server.js" : undefined);

const crate = await sources(/^src\/.*\.rs$/);
const scripts = await sources(/^(?:pkg|www)\/.*\.m?js$/);
const rust = rustImports(crate);
const js = await jsImports(scripts, named);

/** What is found is what is listed. @param {string[]} found @param {string[]} expected @param {string} what */
function holds(found, expected, what) {
  const added = found.filter((entry) => !expected.includes(entry));
  assert.deepEqual(added, [], `${what}: import the other way, or move what is needed to a lower layer`);
  const gone = expected.filter((entry) => !found.includes(entry));
  assert.deepEqual(gone, [], `${what}: these no longer exist, remove them from tests/structure/known.mjs`);
}

/** Each circle is a part of a listed one, and each listed one has a part. @param {string[][]} found @param {string[][]} expected */
function circlesHold(found, expected) {
  const within = (/** @type {string[]} */ circle, /** @type {string[]} */ files) =>
    circle.every((file) => files.includes(file));
  const added = found.filter((circle) => !expected.some((files) => within(circle, files)));
  assert.deepEqual(added, [], "these files import each other: move what both need to a file of its own");
  const gone = expected.filter((files) => !found.some((circle) => within(circle, files)));
  assert.deepEqual(gone, [], "these circles no longer exist: remove them from tests/structure/known.mjs");
}

describe("the crate", () => {
  test("every layer has a rule, and files were read", () => {
    assert.deepEqual(unknownLayers(rust.keys()), []);
    assert.ok(rust.size > 50 && [...rust.values()].some((targets) => targets.size > 5));
  });

  test("imports along its layers", () => holds(wrongArrows(rust), known.ARROWS, "an import against the layers"));

  test("has no circle of files but the listed ones", () => {
    circlesHold(circles(rust), [...known.CIRCLES, ...known.HONEST_CIRCLES.map(({ files }) => files)]);
    for (const { files, reason } of known.HONEST_CIRCLES) {
      assert.ok(files.every((file) => file.startsWith("src/testing/simulator/")) && reason.length > 20);
    }
  });

  test("has JavaScript and frames only in its bindings", () => {
    const codes = new Map([...crate].map(([file, text]) => [file, codeOf(text)]));
    holds(wrongNames(codes), known.NAMES, "a name outside the bindings");
    assert.deepEqual(nulFrames(new Map([...crate].map(([file, text]) => [file, codeAndTexts(text)]))), []);
  });
});

describe("the package and the demo", () => {
  test("have no circle of files", () => {
    assert.ok(js.size > 50);
    circlesHold(circles(js), []);
  });

  for (const [name, module] of Object.entries(MODULES)) {
    test(`reach the ${name} module through one file`, () =>
      assert.deepEqual(importersOf(js, module), [module.importer]));
  }

  test("have no entry that reaches the module of another", () => {
    assert.ok(ENTRIES.length > 5);
    assert.deepEqual(wrongModules(js, ENTRIES), []);
  });

  test("import along their layers, and only what ships", () => {
    assert.deepEqual(unknownScripts(js.keys()), []);
    assert.deepEqual(wrongScripts(js), []);
  });
});

/** The rows of the tables of DESIGN.md whose first column has this title, as lists of what each cell has in `code`. @param {string} title */
async function designTable(title) {
  const text = await readFile(join(ROOT, "DESIGN.md"), "utf8");
  const [, table = ""] = new RegExp(`^\\| ${title} \\|.*\\n\\|[- |]+\\n((?:\\|.*\\n)+)`, "m").exec(text) ?? [];
  return table
    .trim()
    .split("\n")
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)),
    );
}

describe("DESIGN.md", () => {
  test("has the layers of the crate that exist, with what each imports", async () => {
    const exists = new Set([...rust.keys()].map(layerOf));
    const isThere = (/** @type {string} */ name) => name.includes("/") || exists.has(name);
    const rules = Object.entries(LAYERS)
      .filter(([layer]) => layer !== "lib" && exists.has(layer))
      .map(([layer, imports]) => [[layer], imports.filter(isThere)]);
    assert.deepEqual(await designTable("Layer of the crate"), rules);
    const text = await readFile(join(ROOT, "DESIGN.md"), "utf8");
    for (const [file, imports] of Object.entries(MORE)) {
      assert.ok(text.includes(`\`${file}\` also imports ${imports.map((name) => `\`${name}\``).join(" and ")}.`), file);
    }
  });

  test("has the layers of the package, with the files and the imports of each", async () => {
    const rules = Object.entries(SCRIPTS).map(([layer, { files, imports }]) => [[layer], files, imports]);
    assert.deepEqual(await designTable("Layer of the package"), rules);
  });
});

describe("the test fails", () => {
  /** @param {Record<string, string>} files */
  const crateOf = (files) => rustImports(new Map(Object.entries(files)));
  const oauth = { "src/oauth/mod.rs": "pub mod client;", "src/oauth/client.rs": "pub struct Client;" };

  /** @type {[string, Record<string, string>, string[]][]} */
  const PLANTED = [
    [
      "for an arrow upward",
      { "src/text/url.rs": "use crate::oauth::client::Client;" },
      ["src/text/url.rs -> src/oauth/client.rs"],
    ],
    [
      "for one in a path",
      { "src/text/url.rs": "fn f(c: &crate::oauth::client::Client) {}" },
      ["src/text/url.rs -> src/oauth/client.rs"],
    ],
    [
      "for one through super",
      { "src/text/url.rs": "use super::super::oauth::client;" },
      ["src/text/url.rs -> src/oauth/client.rs"],
    ],
    [
      "for one in a tree, and under another name",
      { "src/manager/plan.rs": "use crate::{oauth::{client::{self as own, Client}}, text};" },
      ["src/manager/plan.rs -> src/oauth/client.rs"],
    ],
    [
      "for one through a re-export",
      { "src/lib.rs": "mod oauth; pub use oauth::client::Client;", "src/text/url.rs": "use crate::Client;" },
      ["src/text/url.rs -> src/oauth/client.rs"],
    ],
    [
      "for a lookup of a provider",
      { "src/oauth/metadata.rs": "use crate::provider::table;", "src/provider/table.rs": "" },
      ["src/oauth/metadata.rs -> src/provider/table.rs"],
    ],
    [
      "for a provider that imports a client",
      { "src/provider/zoho.rs": "use crate::oauth::{client, profile};", "src/oauth/profile.rs": "" },
      ["src/provider/zoho.rs -> src/oauth/client.rs"],
    ],
    [
      "for bindings that know a row, under the name of an imported module",
      {
        "src/bindings/config.rs": "use crate::provider; fn f() { provider::parse(); provider::zoho(); }",
        "src/provider/mod.rs": "mod row; mod rows; pub use row::parse; pub use rows::zoho;",
        "src/provider/row.rs": "use crate::oauth::profile::Region;",
        "src/provider/rows.rs": "",
        "src/oauth/profile.rs": "pub use crate::oauth::region::Region;",
        "src/oauth/region.rs": "",
      },
      ["src/bindings/config.rs -> src/provider/rows.rs"],
    ],
    [
      "for bindings that import the fake",
      {
        "src/bindings/exports.rs": "use crate::testing::FakeZoho;",
        "src/bindings/testing.rs": "use crate::testing::FakeZoho;",
        "src/testing/mod.rs": "mod server; pub use server::FakeZoho;",
        "src/testing/server.rs": "use crate::oauth::client;",
      },
      ["src/bindings/exports.rs -> src/testing/server.rs"],
    ],
    [
      "for a transport that a flow imports",
      {
        "src/flow/refresh.rs": "use crate::transport;",
        "src/transport.rs": "",
        "src/bindings/mod.rs": "use crate::transport;",
      },
      ["src/flow/refresh.rs -> src/transport.rs"],
    ],
    [
      "but not for comments, texts, lifetimes and tests",
      {
        "src/text/url.rs": `//! [client](crate::oauth::client)
          /* use crate::oauth::client; */ const A: &str = "crate::oauth::client"; const B: char = '"';
          fn f<'a>(text: &'a str) -> &'a str { text }
          const C: &str = r#"use crate::oauth::client;"#;
          #[cfg(test)] mod tests { use crate::oauth::client; fn g() { {} } }`,
      },
      [],
    ],
  ];
  for (const [what, files, expected] of PLANTED) {
    test(what, () => assert.deepEqual(wrongArrows(crateOf({ ...oauth, ...files })), expected));
  }

  test("for a layer without a rule", () =>
    assert.deepEqual(unknownLayers(["src/oauth/a.rs", "src/util/b.rs"]), ["util"]));

  test("for a circle, and not for files that only reach each other one way", () => {
    const files = {
      "src/text/a.rs": "use super::b;",
      "src/text/b.rs": "use super::c::d;",
      "src/text/c.rs": "use crate::text::{a, e};",
      "src/text/e.rs": "use self::inner::f; mod inner { pub fn f() {} }",
    };
    assert.deepEqual(circles(crateOf(files)), [["src/text/a.rs", "src/text/b.rs", "src/text/c.rs"]]);
  });

  test("for a circle of scripts, by a static import, a dynamic one or an export, and not for a type", async () => {
    const graph = await jsImports(
      new Map([
        ["pkg/a.js", 'import "./b.js"; /** @typedef {import("./d.js").D} D */'],
        ["pkg/b.js", 'export const c = () => import("./c.js");'],
        ["pkg/c.js", 'export * from "./a.js";'],
        ["pkg/d.js", 'import { c } from "./b.js"; export const d = c;'],
      ]),
    );
    assert.deepEqual(circles(graph), [["pkg/a.js", "pkg/b.js", "pkg/c.js"]]);
  });

  test("for a second file that reaches a module, and for an entry that reaches another's", async () => {
    const graph = await jsImports(
      new Map([
        ["pkg/wasm.js", 'import "./wasm/grantkit.js"; import "#wasm";'],
        ["pkg/fake-zoho.js", 'import "./wasm/testing.js";'],
        ["pkg/other.js", 'import("#wasm");'],
        ["pkg/index.js", 'import "./wasm.js"; export const f = () => import("./fake-zoho.js");'],
        ["pkg/testing.js", 'import "./fake-zoho.js"; import "./wasm.js";'],
      ]),
    );
    assert.deepEqual(importersOf(graph, MODULES.core), ["pkg/other.js", "pkg/wasm.js"]);
    const expected = ["pkg/index.js -> testing", "pkg/testing.js -> core"];
    assert.deepEqual(wrongModules(graph, ["pkg/index.js", "pkg/testing.js"]), expected);
  });

  test("for a script of the package that imports what it may not", async () => {
    const graph = await jsImports(
      new Map([
        ["pkg/a.js", 'import "../www/b.js"; import "./cli/src/main.js"; import "./wasm/grantkit_bg.wasm";'],
        ["pkg/load/node.js", 'import "node:fs"; import "../wasm/grantkit_bg.wasm?module"; import "../a.js";'],
        [
          "pkg/cli/src/main.js",
          'import "grantkit"; import "../../settings.js"; import "../../../tests/b.mjs"; import "./c.js";',
        ],
        ["www/worker.js", 'import "../pkg/a.js";'],
      ]),
      (name) => (name === "grantkit" ? "pkg/index.js" : undefined),
    );
    assert.deepEqual(wrongScripts(graph), [
      "pkg/a.js -> www/b.js",
      "pkg/a.js -> pkg/cli/src/main.js",
      "pkg/a.js -> pkg/wasm/grantkit_bg.wasm",
      "pkg/load/node.js -> pkg/a.js",
      "pkg/cli/src/main.js -> tests/b.mjs",
    ]);
  });

  test("for a script that imports a layer above its own, and for a page that imports the Worker", async () => {
    const graph = await jsImports(
      new Map([
        ["pkg/stores/memory.js", 'import "../manager.js"; import "../errors.js";'],
        ["pkg/trace.js", 'import "./web.js"; import "./clock.js";'],
        ["pkg/stores/redis.js", 'import "../vault-schedule.js"; import "./lease.js";'],
        ["pkg/flow.js", 'import "./transport.js"; import "./client.js";'],
        ["www/page/main.js", 'import "../worker.js"; import "../worker/http-error.js"; import "../regions.js";'],
        ["www/worker/error-page.js", 'import "../page/sentence.js";'],
      ]),
    );
    assert.deepEqual(wrongScripts(graph), [
      "pkg/stores/memory.js -> pkg/manager.js",
      "pkg/trace.js -> pkg/web.js",
      "pkg/stores/redis.js -> pkg/vault-schedule.js",
      "pkg/flow.js -> pkg/client.js",
      "www/page/main.js -> www/worker.js",
      "www/page/main.js -> www/worker/http-error.js",
    ]);
    assert.deepEqual(unknownScripts(["pkg/errors.js", "pkg/util.js", "www/a.js"]), ["pkg/util.js"]);
  });

  test("for a NUL character outside the bindings, and not in a comment or a test", () => {
    const files = {
      "src/bindings/frame.rs": 'const NUL: &str = "\\0";',
      "src/oauth/client.rs": 'fn pack(a: &str, b: &str) -> String { [a, b].join("\\0") }',
      "src/oauth/a.rs": "const A: char = '\\u{0}';",
      "src/text/b.rs": '/// A \\0. \n #[cfg(test)] mod tests { const A: &str = "\\0"; }',
    };
    const codes = new Map(Object.entries(files).map(([file, text]) => [file, codeAndTexts(text)]));
    assert.deepEqual(nulFrames(codes), ["src/oauth/client.rs", "src/oauth/a.rs"]);
  });

  test("for JavaScript and frames outside the bindings", () => {
    const files = {
      "src/bindings/mod.rs": "use wasm_bindgen::prelude::*; use crate::bindings::frame::Reader;",
      "src/transport.rs": "use js_sys::Promise;",
      "src/oauth/client.rs": "/// A [frame](frame). \n use crate::oauth::frame;",
      "src/oauth/a.rs": "fn f(reader: Reader<'_>) {}",
      "src/text/b.rs": 'const A: &str = "frame"; // a Reader',
      "src/flow/c.rs": "fn f() -> js_sys::Promise {}",
      "src/flow/d.rs": '#[path = "../oauth/a.rs"] mod a;',
    };
    const codes = new Map(Object.entries(files).map(([file, text]) => [file, codeOf(text)]));
    const expected = [
      "src/flow/c.rs: JavaScript",
      "src/oauth/client.rs: frames",
      "src/oauth/a.rs: frames",
      "src/flow/d.rs: an import that is not read",
    ];
    assert.deepEqual(wrongNames(codes), expected);
  });

  test("for what is no longer there, and for what is new", () => {
    assert.throws(() => holds(["a -> b"], [], "imports"), /imports: import the other way/);
    assert.throws(() => holds([], ["a -> b"], "imports"), /no longer exist, remove them/);
    assert.throws(() => circlesHold([["a", "b"]], [["a", "c"]]), /import each other/);
    assert.throws(() => circlesHold([], [["a", "b"]]), /circles no longer exist/);
    circlesHold([["a", "b"]], [["a", "b", "c"]]);
  });
});
