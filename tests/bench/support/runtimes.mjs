// The runtimes of the work without a network: this process, and workerd.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, Miniflare } from "../../runtimes/support/workerd.mjs";
import { inNode } from "../contenders/node.mjs";
import { ISSUER } from "../fixture.mjs";
import { OPERATIONS, verified } from "./operations.mjs";
import { repeated } from "./sampler.mjs";

/** @typedef {import("./sampler.mjs").Entrant} Entrant */
/** @typedef {import("./sampler.mjs").Plan} Plan */
/** @typedef {import("./before.mjs").Before} Before */
/** @typedef {keyof typeof OPERATIONS} Kind */

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {<T>(kind: Kind, before: Before | undefined, run: (entrants: Entrant[]) => Promise<T>) => Promise<T>} using passes the entrants whose results are right
 * @property {(plan: Plan) => Plan} plan
 */

/** @type {Runtime} */
export const node = {
  name: "Node",
  async using(kind, before, run) {
    const contenders = inNode(before?.library).map((make) => make({ origin: ISSUER }));
    const entrants = [];
    for (const { contender, call } of await verified(OPERATIONS[kind], contenders)) {
      const { name, isLibrary, pairOf } = contender;
      entrants.push({ name, isLibrary, pairOf, sample: await repeated(call) });
    }
    return run(entrants);
  },
  plan: (plan) => plan,
};

/** The clock of workerd counts whole milliseconds, so samples and their parts are longer there. */
const WORKERD_SAMPLES = 5;
const WORKERD_PARTS = 8;

/** The Worker's main script, generated since the path of an older package is not known before. @param {Before} [before] */
function mainScript(before) {
  const path = (/** @type {string} */ url) => JSON.stringify(fileURLToPath(url));
  const worker = `import { worker } from ${path(new URL("worker.mjs", import.meta.url).href)};`;
  if (!before) return `${worker}\nexport default worker();\n`;
  return `${worker}\nimport { OAuthClient } from ${path(before.index)};\nexport default worker({ OAuthClient });\n`;
}

/** @type {Runtime} */
export const workerd = {
  name: "workerd",
  async using(kind, before, run) {
    const folder = await mkdtemp(join(tmpdir(), "grantkit-bench-"));
    const main = join(folder, "main.mjs");
    await writeFile(main, mainScript(before));
    const modules = await bundle(main, folder);
    const miniflare = new Miniflare({ modulesRoot: folder, modules, compatibilityDate: "2026-04-01" });
    /** @param {Record<string, string>} query */
    const request = async (query) => {
      const response = await miniflare.dispatchFetch(`http://localhost/?${new URLSearchParams({ kind, ...query })}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`the Worker responded with status ${response.status}: ${text}`);
      return JSON.parse(text);
    };
    try {
      /** @type {Pick<Entrant, "name" | "isLibrary" | "pairOf">[]} */
      const able = await request({});
      const entrants = able.map((entrant) => ({
        ...entrant,
        sample: (/** @type {number} */ calls) => request({ name: entrant.name, calls: String(calls) }),
      }));
      return await run(entrants);
    } finally {
      await miniflare.dispose();
      await rm(folder, { recursive: true });
    }
  },
  plan: (plan) => ({
    ...plan,
    rounds: Math.ceil(plan.rounds / 2),
    sampleMs: plan.sampleMs * WORKERD_SAMPLES,
    parts: plan.parts ?? WORKERD_PARTS,
  }),
};
