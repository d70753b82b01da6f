// The order of the layers: which file may import which.

import { reach } from "./graph.mjs";

/** @typedef {import("./graph.mjs").Graph} Graph */

const BELOW_BINDINGS = ["text", "jose", "oauth", "openid", "manager", "flow"];

/** What each layer of the crate imports, besides itself: layers, or single files. @type {Record<string, string[]>} */
const LAYERS = {
  text: [],
  jose: ["text"],
  oauth: ["text", "jose"],
  openid: ["text", "jose", "oauth"],
  manager: ["text"],
  flow: ["text", "jose", "oauth", "openid", "manager"],
  provider: ["text", "src/oauth/profile.rs"],
  transport: ["text", "oauth"],
  // They read a row that is handed in, and know no row.
  bindings: [...BELOW_BINDINGS, "transport", "src/provider/mod.rs", "src/provider/row.rs"],
  testing: [...BELOW_BINDINGS, "provider"],
  // The crate's front page exports the names of the layers.
  lib: [...BELOW_BINDINGS, "provider", "testing"],
};

/** Files that import more than their layer. @type {Record<string, string[]>} */
const MORE = { "src/bindings/testing.rs": ["testing", "provider"] };

/** `src/text/json.rs` is of the layer text, `src/lib.rs` of lib. @param {string} file */
export const layerOf = (file) => /^src\/(\w+)/.exec(file)?.[1] ?? "";

/** The imports of a crate that point the wrong way, as "from -> to". @param {Graph} graph */
export function wrongArrows(graph) {
  const wrong = arrows(graph).filter(([from, to]) => {
    const [layer, target] = [layerOf(from), layerOf(to)];
    const allowed = [layer, ...(LAYERS[layer] ?? []), ...(MORE[from] ?? [])];
    return !allowed.includes(target) && !allowed.includes(to);
  });
  return wrong.map(([from, to]) => `${from} -> ${to}`);
}

/** @param {Graph} graph @returns {[string, string][]} */
function arrows(graph) {
  return [...graph].flatMap(([from, targets]) =>
    [...targets].map((to) => /** @type {[string, string]} */ ([from, to])),
  );
}

/** Layers that have no rule. @param {Iterable<string>} files */
export const unknownLayers = (files) => [...new Set([...files].map(layerOf))].filter((layer) => !(layer in LAYERS));

/**
 * Names that only some files of the crate may contain in code. A writer of JSON is none of frames.
 *
 * @type {{ what: string, names: RegExp, allowed: RegExp }[]}
 */
const NAMES = [
  {
    what: "JavaScript",
    names: /\b(?:wasm_bindgen|js_sys|web_sys|serde_wasm_bindgen|gloo_net)\b/,
    allowed: /^src\/(?:bindings\/|transport\.rs$)/,
  },
  {
    what: "frames",
    names: /\bframe\b|(?<!json::)\b(?:Reader|Writer)\b/,
    allowed: /^src\/(?:bindings\/|text\/json\.rs$)/,
  },
];

/** Files that contain a name they may not, as "file: what". @param {Map<string, string>} codes without comments */
export function wrongNames(codes) {
  return NAMES.flatMap(({ what, names, allowed }) =>
    [...codes].filter(([file, code]) => !allowed.test(file) && names.test(code)).map(([file]) => `${file}: ${what}`),
  );
}

/** The WebAssembly modules: the generated script of each, and the name of what loads its bytes. */
export const MODULES = {
  core: { glue: "pkg/wasm/grantkit.js", bytes: "#wasm", door: "pkg/wasm.js" },
  testing: { glue: "pkg/wasm/testing.js", bytes: "#testing-wasm", door: "pkg/fake-zoho.js" },
};

/** Files that import a module, or its bytes. @param {Graph} graph @param {{ glue: string, bytes: string }} module */
export function doorsOf(graph, { glue, bytes }) {
  const doors = arrows(graph).filter(([, to]) => to === glue || to === bytes);
  return [...new Set(doors.map(([from]) => from))].sort();
}

/** Entries that reach a module which is not theirs, as "entry -> module". @param {Graph} graph @param {string[]} entries */
export function wrongModules(graph, entries) {
  return entries.flatMap((entry) => {
    const own = entry === "pkg/testing.js" ? "testing" : "core";
    const reached = reach(graph, entry);
    const others = Object.entries(MODULES).filter(([name, { glue }]) => name !== own && reached.has(glue));
    return others.map(([name]) => `${entry} -> ${name}`);
  });
}

const BYTES = /^pkg\/wasm\/\w+\.wasm(?:\?module)?$/;

/**
 * The imports of the package that are not allowed, as "from -> to". A loader imports bytes, and only a loader does. The
 * library does not import the command line, and nothing imports a file that does not ship.
 *
 * @param {Graph} graph
 */
export function wrongScripts(graph) {
  const wrong = arrows(graph).filter(([from, to]) => {
    if (!from.startsWith("pkg/")) return false;
    if (from.startsWith("pkg/load/")) return !to.startsWith("node:") && !BYTES.test(to);
    if (BYTES.test(to) || /^(?:www|tests|examples|docs|xtask|\.\.)\//.test(to)) return true;
    return !from.startsWith("pkg/cli/") && to.startsWith("pkg/cli/");
  });
  return wrong.map(([from, to]) => `${from} -> ${to}`);
}
