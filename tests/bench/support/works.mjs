// The work that needs no network, wherever it runs.

import { keptOf } from "../contenders/contender.mjs";
import { callbackUrl } from "../world.mjs";
import { checkAuthorize, checkCallback } from "./answers.mjs";

/** @typedef {import("../contenders/contender.mjs").Contender} Contender */

/**
 * What a contender can be asked to do: whether it does it right, and one call of it. `work` gives nothing where the
 * contender has nothing for it.
 *
 * @typedef {object} Work
 * @property {(contender: Contender) => Promise<void>} verify
 * @property {(contender: Contender) => Promise<(() => unknown) | undefined>} work
 */

/** @type {Work} */
const authorize = {
  verify: checkAuthorize,
  work: async (contender) => contender.authorize,
};

/** @type {Work} */
const callback = {
  verify: checkCallback,
  async work({ authorize, check }) {
    if (!authorize || !check) return undefined;
    const kept = keptOf(await authorize());
    const text = callbackUrl(kept.state);
    return () => check(text, kept);
  },
};

export const WORKS = { authorize, callback };

/**
 * Those of the contenders that can do the work, once each has done it right.
 *
 * @param {Work} work
 * @param {Contender[]} contenders
 */
export async function verified({ verify, work }, contenders) {
  const able = [];
  for (const contender of contenders) {
    const call = await work(contender);
    if (!call) continue;
    await verify(contender);
    able.push({ contender, call });
  }
  return able;
}
