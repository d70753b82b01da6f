import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import * as testing from "grantkit/testing";
import { collector } from "./collect.mjs";
import { serve } from "./loopback.mjs";

// Required, not imported: its declarations import files that it does not publish, so tsc cannot check them.
export const { Miniflare } = createRequire(import.meta.url)("miniflare");

/** @typedef {import("node:stream").Readable} Readable */

const COMPATIBILITY_DATE = "2026-04-01";

/**
 * Bundles a Worker as wrangler does: with the conditions of workerd, and each .wasm as a separate module.
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
  return modulesIn(folder, "worker.mjs");
}

/**
 * The modules of a bundle: its script, and each .wasm in its folder.
 *
 * @param {string} folder
 * @param {string} script
 */
export async function modulesIn(folder, script) {
  const wasm = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule", path: join(folder, script) },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: join(folder, name) })),
  ];
}

/**
 * Sends the suite's Worker one request that names the servers, and waits for the results.
 *
 * @param {string} folder
 * @param {Awaited<ReturnType<typeof bundle>>} modules
 * @returns {Promise<import("./report.mjs").Ran>}
 */
export async function suiteInBundle(folder, modules) {
  const output = collector();
  const miniflare = new Miniflare({
    modulesRoot: folder,
    modules,
    compatibilityDate: COMPATIBILITY_DATE,
    handleRuntimeStdio: (/** @type {Readable[]} */ ...streams) => {
      for (const stream of streams) stream.pipe(output.stream, { end: false });
    },
  });
  const loopback = await serve(testing);
  let outcome;
  try {
    const body = JSON.stringify(loopback.served);
    const response = await miniflare.dispatchFetch("http://localhost/", { method: "POST", body });
    const text = await response.text();
    if (!response.ok) throw new Error(`the Worker responded with ${response.status}: ${text}\n${output.text()}`);
    outcome = JSON.parse(text);
  } finally {
    await loopback.close();
    await miniflare.dispose();
  }
  return { outcome, shown: output.text() };
}

/**
 * Runs the suite's Worker in workerd.
 *
 * @param {string} entry
 */
export async function suiteInWorkerd(entry) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-worker-"));
  try {
    return await suiteInBundle(folder, await bundle(entry, folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}
