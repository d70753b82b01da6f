import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle, Miniflare } from "../../runtimes/support/workerd.mjs";
import { equal, ok } from "../../scenario/assert.mjs";
import { BEFORE, TODAY } from "../contenders/grantkit.mjs";
import { ISSUER } from "../fixture.mjs";
import { PACKAGE } from "../support/installed.mjs";
import { duration, named, timeTable } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";
import { spread } from "../support/statistics.mjs";

/** @typedef {{ name: string, pairOf?: string, which: string, script: string, alias?: Record<string, string> }} Deployed `script` is in cold/ */

/** @param {import("../support/row.mjs").Options["before"]} before @returns {Deployed[]} */
function workers(before) {
  const grantkit = { which: "grantkit", script: "grantkit.worker.mjs", alias: { grantkit: PACKAGE } };
  const older = before && { ...grantkit, which: "before", alias: { grantkit: before.folder } };
  return [
    { name: TODAY, ...grantkit },
    ...(older ? [{ name: BEFORE, pairOf: TODAY, ...older }] : []),
    { name: "oauth4webapi", which: "oauth4webapi", script: "oauth4webapi.worker.mjs" },
    { name: EMPTY, which: "empty", script: "empty.worker.mjs" },
  ];
}

const EMPTY = "a Worker without a library";

const here = (/** @type {string} */ name) => fileURLToPath(new URL(`../cold/${name}`, import.meta.url));

/** A Worker as it is deployed: one minified script, and the WebAssembly modules that it imports. @param {Deployed} worker @param {string} folder */
async function deployable({ script: entry, alias = {} }, folder) {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    alias,
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
    write: false,
    logLevel: "warning",
  });
  const script = outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  const modules = outputFiles.filter(({ path }) => path.endsWith(".wasm"));
  const wasm = modules.map(({ path, contents }) => [basename(path), Buffer.from(contents).toString("base64")]);
  return { script, wasm: Object.fromEntries(wasm) };
}

/** Cold starts of each package in a round, when two are compared. */
const PARTS = 15;

/** @type {import("../support/row.mjs").Row} */
export const coldWorker = {
  name: "cold-worker",
  title: "Cold start of a Worker: a new isolate up to its first response to /login (workerd)",
  async run(plan) {
    const folder = await mkdtemp(join(tmpdir(), "grantkit-bench-"));
    const chosen = workers(plan.before);
    const deployed = await Promise.all(chosen.map(async (worker) => [worker.which, await deployable(worker, folder)]));
    const miniflare = new Miniflare({
      modulesRoot: folder,
      modules: await bundle(here("loader.mjs"), folder),
      compatibilityDate: "2026-04-01",
      workerLoaders: { LOADER: {} },
      bindings: { BUNDLES: Object.fromEntries(deployed) },
    });
    let mark = 0;
    const entrants = chosen.map(({ name, pairOf, which }) => ({
      name,
      pairOf,
      async sample() {
        mark += 1;
        const began = performance.now();
        const url = `http://localhost/login?${new URLSearchParams({ which, mark: String(mark) })}`;
        const response = await miniflare.dispatchFetch(url, { redirect: "manual" });
        const spent = performance.now() - began;
        await response.arrayBuffer();
        equal(response.status, 302, `${name}: the status of /login`);
        const { origin, searchParams } = new URL(response.headers.get("location") ?? "");
        equal(origin, ISSUER, `${name}: where /login redirects to`);
        if (name !== EMPTY) ok(searchParams.get("code_challenge")?.length === 43, `${name}: a challenge`);
        return spent;
      },
    }));
    try {
      const measured = await measure(entrants, { ...plan, sampleMs: 0, parts: plan.parts ?? PARTS });
      const [grantkit] = measured;
      const peer = named(measured, "oauth4webapi");
      const over = spread((grantkit?.values ?? []).map((value, round) => value - (peer.values[round] ?? Number.NaN)));
      const result = `${over.median < 0 ? "-" : ""}${duration(Math.abs(over.median))}`;
      const aims = [{ aim: "at most 5 ms over oauth4webapi", result, isReached: over.median <= 5 }];
      const notes = [
        "Each sample is a new isolate in one workerd process. A mark at the end of its script and module makes them new to the",
        "compilation cache. The time includes the request from Node to workerd and the response.",
      ];
      return { ...timeTable(measured), aims, notes: [notes.join("\n")] };
    } finally {
      await miniflare.dispose();
      await rm(folder, { recursive: true });
    }
  },
};
