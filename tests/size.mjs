// What a user of the main entry downloads: the WebAssembly module, and the scripts that index.js imports statically. The
// limit for scripts is on what a bundler makes of them, so that comments are free; their size as they ship stands beside.
// Fails above the limits, and when the package needs another package at run time.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const KIB = 1024;
const LIMITS = { module: 60 * KIB, scripts: 12 * KIB };

const folder = fileURLToPath(new URL("../pkg/", import.meta.url));

/** What a bundler reads for the main entry, and what it makes of that. */
async function bundle() {
  const { metafile, outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ["index.js"],
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    metafile: true,
    outdir: "out",
    write: false,
    logLevel: "error",
  });
  const entry = outputFiles.find(({ path }) => path.endsWith("index.js"));
  return { inputs: metafile.inputs, minified: entry?.contents ?? new Uint8Array() };
}

/**
 * @param {import("esbuild").Metafile["inputs"]} inputs
 * @param {string} path
 * @param {Set<string>} [found]
 */
function staticImports(inputs, path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const { kind, path: imported } of inputs[path]?.imports ?? []) {
    if (kind === "import-statement") staticImports(inputs, imported, found);
  }
  return found;
}

/** @param {Uint8Array[]} files */
function measure(files) {
  /** @param {(file: Uint8Array) => Uint8Array} compress */
  const sum = (compress) => files.reduce((total, file) => total + compress(file).length, 0);
  return { gzip: sum((file) => gzipSync(file, { level: 9 })), brotli: sum((file) => brotliCompressSync(file)) };
}

/**
 * @param {string} what
 * @param {{ gzip: number, brotli: number }} size
 * @param {number} [limit]
 */
function print(what, { gzip, brotli }, limit) {
  const kib = (/** @type {number} */ bytes) => `${(bytes / KIB).toFixed(1).padStart(6)} KiB`;
  const allowed = limit === undefined ? "" : `  (at most ${limit / KIB} KiB gzip)`;
  console.log(`${what.padEnd(34)} gzip ${kib(gzip)}  brotli ${kib(brotli)}${allowed}`);
  return limit === undefined || gzip <= limit;
}

const manifest = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
const { inputs, minified } = await bundle();
const scripts = [...staticImports(inputs, "index.js")];
const module = measure([readFileSync(`${folder}wasm/grantkit_bg.wasm`)]);
const shipped = measure(scripts.map((path) => readFileSync(`${folder}${path}`)));
const bundled = measure([minified]);

const fits = [
  print("module", module, LIMITS.module),
  print("scripts, bundled and minified", bundled, LIMITS.scripts),
  print(`scripts as shipped, ${scripts.length} files`, shipped),
  print("module and bundle", {
    gzip: module.gzip + bundled.gzip,
    brotli: module.brotli + bundled.brotli,
  }),
];
const needed = Object.keys(manifest.dependencies ?? {});
if (needed.length > 0) console.log(`the package needs ${needed.join(", ")} at run time, and may need nothing`);
if (needed.length > 0 || fits.includes(false)) process.exitCode = 1;
