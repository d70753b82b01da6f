import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { collector } from "./collect.mjs";

// Required, not imported: its declarations name files that it does not publish, so they cannot be checked.
export const { Miniflare } = createRequire(import.meta.url)("miniflare");

/** @typedef {import("node:stream").Readable} Readable */

/**
 * Bundles a Worker as wrangler does: the conditions of workerd, each .wasm a module of its own.
 *
 * @param {string} entry
 * @param {string} folder
 */
export async function bundle(entry, folder) {
  await build({
    entryPoints: [entry],
    outfile: join(folder, "worker.mjs"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    loader: { ".wasm": "copy" },
    logLevel: "warning",
  });
  const wasm = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule", path: join(folder, "worker.mjs") },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: join(folder, name) })),
  ];
}

/**
 * @param {string} folder
 * @param {Awaited<ReturnType<typeof bundle>>} modules
 * @param {unknown} body
 */
async function ask(folder, modules, body) {
  const output = collector();
  const miniflare = new Miniflare({
    modulesRoot: folder,
    modules,
    compatibilityDate: "2026-04-01",
    handleRuntimeStdio: (/** @type {Readable[]} */ ...streams) => {
      for (const stream of streams) stream.pipe(output.stream, { end: false });
    },
  });
  try {
    const response = await miniflare.dispatchFetch("http://localhost/", { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the Worker answered ${response.status}: ${text}\n${output.text()}`);
    return { answer: JSON.parse(text), shown: output.text };
  } finally {
    await miniflare.dispose();
  }
}

/**
 * Runs a Worker in workerd and sends it one request.
 *
 * @param {string} entry
 * @param {unknown} body sent as JSON
 */
export async function inWorkerd(entry, body) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-worker-"));
  try {
    return await ask(folder, await bundle(entry, folder), body);
  } finally {
    await rm(folder, { recursive: true });
  }
}
