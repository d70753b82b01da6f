// The order of the layers: which file may import which.

import { reach } from "./graph.mjs";

/** @typedef {import("./graph.mjs").Graph} Graph */

const BELOW_BINDINGS = ["text", "jose", "oauth", "openid", "manager", "flow"];

/** What each layer of the crate imports, besides itself: layers, or single files. @type {Record<string, string[]>} */
export const LAYERS = {
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
export const MORE = { "src/bindings/testing.rs": ["testing", "provider"] };

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
 * Names that only some files of the crate may contain in code. The writer of JSON in src/text/json.rs writes no frame.
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
  {
    // An import in one of these forms would not be found.
    what: "an import that is not read",
    names: /#\[path\b|\binclude!|\bextern crate\b/,
    allowed: /^$/,
  },
];

/** Files whose texts contain a NUL character, which separates the fields of a frame. @param {Map<string, string>} codes without comments */
export function nulFrames(codes) {
  // In src/text/redact.rs it stands for a removed secret.
  const allowed = /^src\/(?:bindings\/|text\/redact\.rs$)/;
  return [...codes]
    .filter(([file, code]) => !allowed.test(file) && /\\(?:0|x00|u\{0+\})/.test(code))
    .map(([file]) => file);
}

/** Files that contain a name they may not, as "file: what". @param {Map<string, string>} codes without comments */
export function wrongNames(codes) {
  return NAMES.flatMap(({ what, names, allowed }) =>
    [...codes].filter(([file, code]) => !allowed.test(file) && names.test(code)).map(([file]) => `${file}: ${what}`),
  );
}

/** The WebAssembly modules: the generated script of each, and the name of what loads its bytes. */
export const MODULES = {
  core: { glue: "pkg/wasm/grantkit.js", bytes: "#wasm", importer: "pkg/wasm.js" },
  testing: { glue: "pkg/wasm/testing.js", bytes: "#testing-wasm", importer: "pkg/fake-zoho.js" },
};

/** Files that import a module, or its bytes. @param {Graph} graph @param {{ glue: string, bytes: string }} module */
export function importersOf(graph, { glue, bytes }) {
  const importers = arrows(graph).filter(([, to]) => to === glue || to === bytes);
  return [...new Set(importers.map(([from]) => from))].sort();
}

/** Entries that reach a module which is not theirs, as "entry -> module". @param {Graph} graph @param {string[]} entries */
export function wrongModules(graph, entries) {
  return entries.flatMap((entry) => {
    const own = entry.startsWith("pkg/testing") ? "testing" : "core";
    const reached = reach(graph, entry);
    const others = Object.entries(MODULES).filter(([name, { glue }]) => name !== own && reached.has(glue));
    return others.map(([name]) => `${entry} -> ${name}`);
  });
}

/**
 * The layers of the package: the files of each, and the layers that it imports besides itself. A name that ends in / is a
 * folder, and * stands for any part of a name.
 *
 * @type {Record<string, { files: string[], imports: string[] }>}
 */
export const SCRIPTS = {
  values: {
    files: [
      ...[
        "base64url.js",
        "cause.js",
        "check.js",
        "clock.js",
        "dumps.js",
        "errors.js",
        "in-store.js",
        "module-unavailable.js",
        "private-file.js",
        "profiles.js",
        "record-fields.js",
        "redact.js",
      ],
      ...["rows/", "store-error.js", "token-set.js", "zoho.js"],
    ],
    imports: [],
  },
  module: { files: ["wasm.js", "wasm/"], imports: ["values"] },
  loaders: { files: ["load/"], imports: ["module"] },
  stores: { files: ["stores/"], imports: ["values"] },
  sealer: { files: ["sealer.js"], imports: ["values", "stores"] },
  web: { files: ["web.js"], imports: ["values"] },
  requests: { files: ["api.js", "settings.js", "trace.js", "transport.js"], imports: ["values", "module"] },
  flows: {
    files: ["flow.js", "refresh.js", "revocation.js", "revoke-grant.js", "store-effects.js"],
    imports: ["values", "module", "requests"],
  },
  client: { files: ["client.js"], imports: ["values", "module", "requests", "flows"] },
  manager: { files: ["manager.js", "token-manager.js"], imports: ["values", "module", "stores", "requests", "flows"] },
  vault: { files: ["vault-*.js"], imports: ["values", "module", "stores", "requests"] },
  cloudflare: { files: ["cloudflare.js"], imports: ["values", "module", "stores", "requests", "manager", "vault"] },
  fake: { files: ["fake-*.js", "check-token-store.js"], imports: ["values", "module", "stores"] },
  entries: {
    files: ["index.js", "inline.js", "node.js", "redis.js", "testing.js", "testing-inline.js"],
    imports: ["values", "module", "stores", "sealer", "client", "manager", "fake"],
  },
  cli: { files: ["cli/"], imports: ["entries", "cloudflare", "values", "module", "requests", "vault"] },
};

/** @param {string} name of a file in pkg/ @param {string} pattern */
function matches(name, pattern) {
  const [start = "", end] = pattern.split("*");
  if (end !== undefined) return name.startsWith(start) && name.endsWith(end);
  return pattern.endsWith("/") ? name.startsWith(pattern) : name === pattern;
}

/** The layer of a file in pkg/. @param {string} file */
function scriptLayer(file) {
  const name = file.replace("pkg/", "");
  return Object.keys(SCRIPTS).find((layer) => SCRIPTS[layer]?.files.some((pattern) => matches(name, pattern))) ?? "";
}

/** Files of the package that no layer has. @param {Iterable<string>} files */
export function unknownScripts(files) {
  return [...files].filter((file) => file.startsWith("pkg/") && !scriptLayer(file));
}

const BYTES = /^pkg\/wasm\/\w+\.wasm(?:\?module)?$/;

/**
 * The imports of the package that are not allowed, as "from -> to". A loader imports bytes, and only a loader does. The
 * library does not import the command line, nothing imports a file that does not ship, and the page of the demo imports
 * nothing of its Worker.
 *
 * @param {Graph} graph
 */
export function wrongScripts(graph) {
  const wrong = arrows(graph).filter(([from, to]) => {
    if (from.startsWith("www/page/")) return /^www\/(?:worker|local|start)/.test(to);
    if (!from.startsWith("pkg/")) return false;
    if (from.startsWith("pkg/load/")) return !to.startsWith("node:") && !BYTES.test(to);
    if (BYTES.test(to) || /^(?:www|tests|examples|docs|xtask|\.\.)\//.test(to)) return true;
    if (!to.startsWith("pkg/")) return false;
    const [layer, target] = [scriptLayer(from), scriptLayer(to)];
    return layer !== target && !SCRIPTS[layer]?.imports.includes(target);
  });
  return wrong.map(([from, to]) => `${from} -> ${to}`);
}
