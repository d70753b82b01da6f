// Each bundler with no more configuration than it takes to name what goes in and where it comes out.

import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup as roll } from "rollup";
import { build as buildPage } from "vite";
import pack from "webpack";

/** @typedef {(entry: string, out: string) => Promise<void>} Bundler */

/** @type {Bundler} */
export async function vite(entry, outDir) {
  const root = dirname(entry);
  await buildPage({ root, configFile: false, logLevel: "warn", build: { outDir, rolldownOptions: { input: entry } } });
}

/** @type {Bundler} */
export async function webpack(entry, path) {
  const compiler = pack({
    mode: "production",
    context: dirname(entry),
    entry,
    output: { path, filename: basename(entry) },
    // The fake Zoho is larger than webpack would have a page load, and no page of an application has it.
    performance: { hints: false },
  });
  /** @type {pack.Stats | undefined} */
  const stats = await new Promise((resolve, reject) => {
    compiler?.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler?.close(resolve));
  if (stats?.hasErrors() || stats?.hasWarnings()) throw new Error(stats.toString());
}

/** @type {Bundler} */
export async function esbuild(entry, out) {
  const outfile = join(out, basename(entry));
  const { warnings } = await build({ entryPoints: [entry], outfile, bundle: true, format: "esm" });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
}

/** @type {Bundler} */
export async function rollup(entry, out) {
  const bundle = await roll({
    input: entry,
    plugins: [nodeResolve({ browser: true })],
    onwarn({ message }) {
      throw new Error(message);
    },
  });
  await bundle.write({ file: join(out, basename(entry)), format: "es", inlineDynamicImports: true });
  await bundle.close();
}

/** How many WebAssembly modules a bundler emitted. @param {string} out */
export async function emittedModules(out) {
  return (await readdir(out, { recursive: true })).filter((name) => name.endsWith(".wasm")).length;
}
