// Where the work without a network runs: in this process, and in workerd.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, Miniflare } from "../../runtimes/support/workerd.mjs";
import { NODE } from "../contenders/node.mjs";
import { ISSUER } from "../world.mjs";
import { repeated } from "./sampler.mjs";
import { verified, WORKS } from "./works.mjs";

/** @typedef {import("./sampler.mjs").Entrant} Entrant */
/** @typedef {import("./sampler.mjs").Plan} Plan */
/** @typedef {keyof typeof WORKS} Kind */

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {<T>(kind: Kind, run: (entrants: Entrant[]) => Promise<T>) => Promise<T>} using gives those that did the work right
 * @property {(plan: Plan) => Plan} plan
 */

/** @type {Runtime} */
export const node = {
  name: "Node",
  async using(kind, run) {
    const contenders = NODE.map((make) => make({ origin: ISSUER }));
    const entrants = [];
    for (const { contender, call } of await verified(WORKS[kind], contenders)) {
      const { name, isLibrary = false } = contender;
      entrants.push({ name, isLibrary, sample: await repeated(call) });
    }
    return run(entrants);
  },
  plan: (plan) => plan,
};

/** The clock of workerd counts whole milliseconds, so a sample there is longer. */
const WORKERD_SAMPLES = 5;

/** @type {Runtime} */
export const workerd = {
  name: "workerd",
  async using(kind, run) {
    const folder = await mkdtemp(join(tmpdir(), "grantkit-bench-"));
    const modules = await bundle(fileURLToPath(new URL("worker.mjs", import.meta.url)), folder);
    const miniflare = new Miniflare({ modulesRoot: folder, modules, compatibilityDate: "2026-04-01" });
    /** @param {Record<string, string>} query */
    const ask = async (query) => {
      const response = await miniflare.dispatchFetch(`http://localhost/?${new URLSearchParams({ kind, ...query })}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`the Worker answered ${response.status}: ${text}`);
      return JSON.parse(text);
    };
    try {
      /** @type {{ name: string, isLibrary: boolean }[]} */
      const able = await ask({});
      const entrants = able.map(({ name, isLibrary }) => ({
        name,
        isLibrary,
        sample: (/** @type {number} */ calls) => ask({ name, calls: String(calls) }),
      }));
      return await run(entrants);
    } finally {
      await miniflare.dispose();
      await rm(folder, { recursive: true });
    }
  },
  plan: (plan) => ({ ...plan, rounds: Math.ceil(plan.rounds / 2), sampleMs: plan.sampleMs * WORKERD_SAMPLES }),
};
