// What the bundle of each entry may contain, and how large entries and WebAssembly modules may be.
// entries.test.mjs enforces these tables; tests/size.mjs prints the sizes.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

/** @typedef {"browser" | "workerd" | "node"} Target the runtime that a bundle is built for */

/**
 * @typedef {object} Entry
 * @property {Target[]} targets the runtimes that the entry is for
 * @property {string[]} modules files of pkg/ that its bundles may contain; a name that ends in / is a folder
 * @property {Partial<Record<Target, string[]>>} [imports] modules of the runtime that its bundles may import
 * @property {string[]} wasm WebAssembly modules in pkg/wasm that its bundles refer to
 * @property {number} limit bytes of its scripts, bundled and minified
 */

const PKG = fileURLToPath(new URL("../../pkg/", import.meta.url));

/** @type {Target[]} */
const EVERYWHERE = ["browser", "workerd", "node"];

/** The profiles that have a name; the row of any other provider is imported by the user who needs it. */
const PROFILES = ["profiles.js", "rows/github.js", "rows/glewlwyd.js", "rows/rfc-raw-basic.js", "rows/zoho.js"];

const CORE = [
  ...PROFILES,
  "api.js",
  "base64url.js",
  "cause.js",
  "check.js",
  "clock.js",
  "errors.js",
  "flow.js",
  "in-store.js",
  "load/fetch.js",
  "load/node.js",
  "load/workerd.js",
  "manager.js",
  "module-unavailable.js",
  "record-fields.js",
  "redact.js",
  "refresh.js",
  "revocation.js",
  "revoke-grant.js",
  "settings.js",
  "store-effects.js",
  "store-error.js",
  "stores/record.js",
  "token-set.js",
  "trace.js",
  "transport.js",
  "wasm.js",
  "wasm/grantkit.js",
];

const MAIN = [
  ...CORE,
  "client.js",
  "dumps.js",
  "index.js",
  "sealer.js",
  "stores/lease.js",
  "stores/memory.js",
  "stores/sealed.js",
  "stores/timers.js",
  "token-manager.js",
  "zoho.js",
];

const TESTING = [
  ...PROFILES,
  "check-token-store.js",
  "check.js",
  "errors.js",
  "fake-no-server.js",
  "fake-server.js",
  "fake-transport.js",
  "fake-zoho.js",
  "load/testing-fetch.js",
  "load/testing-node.js",
  "load/testing-workerd.js",
  "module-unavailable.js",
  "store-error.js",
  "stores/checks/",
  "stores/record.js",
  "testing.js",
  "wasm/testing.js",
];

const REDIS = [
  "check.js",
  "errors.js",
  "redis.js",
  "store-error.js",
  "stores/lease.js",
  "stores/queue.js",
  "stores/record.js",
  "stores/redis-client.js",
  "stores/redis.js",
  "stores/timers.js",
];

/** By the name in `exports` of pkg/package.json. @type {Record<string, Entry>} */
export const ENTRIES = {
  ".": {
    targets: EVERYWHERE,
    modules: MAIN,
    imports: { node: ["node:fs"] },
    wasm: ["grantkit_bg.wasm"],
    // 40,000, and 8,000 for what keeps tokens while the store fails, hangs, or goes back in time, and secrets out of the
    // causes of its errors. 5,500 for the messages about unknown options and about a module that cannot be loaded, and
    // 1,000 for metadata and the row of Glewlwyd.
    limit: 54_500,
  },
  "./inline": {
    targets: EVERYWHERE,
    modules: [...MAIN, "inline.js", "wasm/inline.js"],
    imports: { node: ["node:fs"] },
    wasm: ["grantkit_bg.wasm"],
    // The core module at its limit takes 227,000 bytes in base64.
    limit: 282_000,
  },
  "./testing": {
    targets: EVERYWHERE,
    modules: TESTING,
    imports: { node: ["node:fs", "node:http", "node:stream", "node:stream/promises"] },
    wasm: ["testing_bg.wasm"],
    limit: 32_000,
  },
  "./testing/inline": {
    targets: EVERYWHERE,
    modules: [...TESTING, "testing-inline.js", "wasm/testing-inline.js"],
    imports: { node: ["node:fs", "node:http", "node:stream", "node:stream/promises"] },
    wasm: ["testing_bg.wasm"],
    // The testing module at its limit takes 933,000 bytes in base64.
    limit: 965_000,
  },
  "./web": {
    targets: EVERYWHERE,
    modules: ["base64url.js", "cause.js", "check.js", "errors.js", "web.js"],
    wasm: [],
    // 7,000 until the causes of a sealer's errors were redacted, 8,000 until unknown options were refused.
    limit: 10_100,
  },
  "./node": {
    targets: ["node"],
    modules: [
      "check.js",
      "errors.js",
      "node.js",
      "private-file.js",
      "store-error.js",
      "stores/directory-lock.js",
      "stores/file.js",
      "stores/lease.js",
      "stores/process.js",
      "stores/queue.js",
      "stores/record.js",
      "stores/timers.js",
    ],
    imports: { node: ["node:crypto", "node:fs/promises", "node:os", "node:path"] },
    wasm: [],
    limit: 12_000,
  },
  "./redis": { targets: EVERYWHERE, modules: REDIS, wasm: [], limit: 8_000 },
  "./cloudflare": {
    targets: ["workerd"],
    modules: [
      ...CORE.filter((file) => !["load/fetch.js", "load/node.js"].includes(file)),
      "cloudflare.js",
      "stores/durable-object.js",
      "stores/queue.js",
      "vault-error.js",
      "vault-fetch.js",
      "vault-schedule.js",
    ],
    imports: { workerd: ["cloudflare:workers"] },
    wasm: ["grantkit_bg.wasm"],
    limit: 40_500,
  },
};

/** Bytes of each WebAssembly module. @type {Record<string, number>} */
export const MODULES = { "grantkit_bg.wasm": 170_000, "testing_bg.wasm": 700_000 };

/** @type {Record<Target, Pick<import("esbuild").BuildOptions, "platform" | "conditions">>} */
const OPTIONS = {
  browser: { platform: "browser", conditions: ["browser"] },
  workerd: { platform: "neutral", conditions: ["workerd", "worker", "browser"] },
  node: { platform: "node" },
};

export async function manifest() {
  return JSON.parse(await readFile(`${PKG}package.json`, "utf8"));
}

/** Leaves the import of a package or of a runtime's module as it is, so that the bundle shows it. @type {import("esbuild").Plugin} */
const external = {
  name: "external",
  setup({ onResolve }) {
    onResolve({ filter: /^[^.#/]/ }, ({ kind, path }) =>
      kind === "entry-point" ? undefined : { path, external: true },
    );
  },
};

/** Adds a line of code to files of the package, so that a test can break a rule. @param {Record<string, string>} lines by file @returns {import("esbuild").Plugin} */
function planted(lines) {
  return {
    name: "planted",
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const line = lines[path.slice(PKG.length)];
        return line === undefined ? undefined : { contents: `${await readFile(path, "utf8")}\n${line}` };
      });
    },
  };
}

/** A file name, at the end of a path or as wasm-bindgen makes it; a property called wasm is none. */
const WASM = /(?<=["'`/])[\w-]+\.wasm|[\w-]*_bg\.wasm/g;

/**
 * The bundle of an entry as a bundler for the target makes it.
 *
 * @param {string} name
 * @param {Target} target
 * @param {Record<string, string>} [lines] code to add, by file
 */
export async function bundle(name, target, lines = {}) {
  const { exports } = await manifest();
  const { metafile, outputFiles } = await build({
    absWorkingDir: PKG,
    entryPoints: [exports[name].default],
    bundle: true,
    format: "esm",
    minify: true,
    metafile: true,
    write: false,
    outdir: "out",
    assetNames: "[name]",
    loader: { ".wasm": "copy" },
    plugins: [external, planted(lines)],
    logLevel: "silent",
    ...OPTIONS[target],
  });
  const script = outputFiles.find(({ path }) => path.endsWith(".js"));
  if (!script) throw new Error(`esbuild wrote no script for ${name}`);
  const inputs = Object.entries(metafile.inputs).filter(([file]) => file.endsWith(".js"));
  const imported = inputs.flatMap(([, { imports }]) => imports.filter((found) => found.external));
  return {
    modules: inputs.map(([file]) => file).sort(),
    imports: [...new Set(imported.map(({ path }) => path))].sort(),
    wasm: [...new Set(script.text.match(WASM))].sort(),
    shipped: inputs.reduce((total, [, { bytes }]) => total + bytes, 0),
    script: script.contents,
  };
}

/** The files with code in the bundle of an application that imports only these names from the main entry. @param {string} names @param {Target} target */
export async function filesFor(names, target) {
  const { metafile } = await build({
    absWorkingDir: PKG,
    stdin: { contents: `export { ${names} } from "./index.js";`, resolveDir: PKG },
    bundle: true,
    format: "esm",
    metafile: true,
    write: false,
    outdir: "out",
    loader: { ".wasm": "copy" },
    plugins: [external],
    logLevel: "silent",
    ...OPTIONS[target],
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
}

/** Whether a list of files and folders has a file. @param {string[]} list @param {string} file */
export function lists(list, file) {
  return list.some((name) => (name.endsWith("/") ? file.startsWith(name) : file === name));
}

/**
 * Where a bundle breaks the rules of its entry, one sentence each.
 *
 * @param {string} name
 * @param {Target} target
 * @param {Pick<Awaited<ReturnType<typeof bundle>>, "modules" | "imports" | "wasm">} found
 */
export function violations(name, target, { modules, imports, wasm }) {
  const entry = /** @type {Entry} */ (ENTRIES[name]);
  const allowed = entry.imports?.[target] ?? [];
  const where = `the bundle of ${name} for ${target}`;
  return [
    ...modules.filter((file) => !lists(entry.modules, file)).map((file) => `${where} contains ${file}`),
    ...imports.filter((path) => !allowed.includes(path)).map((path) => `${where} imports ${path}`),
    ...wasm.filter((file) => !entry.wasm.includes(file)).map((file) => `${where} refers to ${file}`),
    ...entry.wasm.filter((file) => !wasm.includes(file)).map((file) => `${where} does not refer to ${file}`),
  ];
}

/**
 * @typedef {object} Size in bytes
 * @property {string} what an entry or a WebAssembly module
 * @property {number} raw as shipped
 * @property {number | undefined} minified bundled and minified; a WebAssembly module is shipped as it is
 * @property {number} gzip
 * @property {number} brotli
 * @property {number} limit of `minified`, or of `raw` where there is nothing to minify
 */

/** @param {Uint8Array} bytes */
function compressed(bytes) {
  return { gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

/** The sizes of the WebAssembly modules, and of the largest bundle of each entry. @returns {Promise<Size[]>} */
export async function sizes() {
  const modules = Object.entries(MODULES).map(async ([file, limit]) => {
    const bytes = await readFile(`${PKG}wasm/${file}`);
    return { what: file, raw: bytes.length, minified: undefined, ...compressed(bytes), limit };
  });
  const entries = Object.entries(ENTRIES).map(async ([name, { targets, limit }]) => {
    const bundles = await Promise.all(targets.map((target) => bundle(name, target)));
    const [largest] = bundles.toSorted((a, b) => b.script.length - a.script.length);
    const { shipped, script } = /** @type {NonNullable<typeof largest>} */ (largest);
    const what = name.replace(".", "grantkit");
    return { what, raw: shipped, minified: script.length, ...compressed(script), limit };
  });
  return Promise.all([...modules, ...entries]);
}

export const RESULTS = new URL("../bench/RESULTS.md", import.meta.url);
export const FIRST_COLUMN = "entry or module";
const HEADING = "## Size of each entry and WebAssembly module";

/** @param {number | undefined} bytes */
const grouped = (bytes) => bytes?.toLocaleString("en") ?? "";

/** The section of RESULTS.md about sizes. @param {Size[]} found */
export function sizeSection(found) {
  const head = [FIRST_COLUMN, "raw", "minified", "gzip", "brotli", "limit"];
  const rows = found.map(({ what, raw, minified, gzip, brotli, limit }) => [
    `\`${what}\``,
    ...[raw, minified, gzip, brotli, limit].map(grouped),
  ]);
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [
    HEADING,
    "",
    "Written by `node tests/size.mjs --table`; do not edit. Numbers are bytes. The raw size of an entry is that of the",
    "scripts that it loads, as shipped; its minified size is that of its largest bundle for a browser, workerd or Node. Of",
    "the entries only those that end in `/inline` contain a WebAssembly module, in base64. The limit applies to the",
    "minified size of an entry and to the raw size of a module; compressed sizes have no limit.",
    "",
    line(head),
    line(head.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(line),
    "",
  ].join("\n");
}

/** RESULTS.md with another section about sizes. @param {string} markdown @param {string} section */
export function withSizeSection(markdown, section) {
  const start = markdown.indexOf(HEADING);
  if (start < 0) return `${markdown.trimEnd()}\n\n${section}`;
  const end = markdown.indexOf("\n## ", start);
  return markdown.slice(0, start) + section + (end < 0 ? "" : markdown.slice(end));
}
