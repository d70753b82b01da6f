// The work that needs no network, in every runtime.

import { sessionOf } from "../contenders/contender.mjs";
import { callbackUrl } from "../fixture.mjs";
import { verifyAuthorize, verifyCallback } from "./verify.mjs";

/** @typedef {import("../contenders/contender.mjs").Contender} Contender */

/**
 * What a contender does: `verify` checks its results, and `work` returns one call of it, or nothing where the contender does
 * not do the work.
 *
 * @typedef {object} Work
 * @property {(contender: Contender) => Promise<void>} verify
 * @property {(contender: Contender) => Promise<(() => unknown) | undefined>} work
 */

/** @type {Work} */
const authorize = {
  verify: verifyAuthorize,
  work: async (contender) => contender.authorize,
};

/** @type {Work} */
const callback = {
  verify: verifyCallback,
  async work({ authorize, check }) {
    if (!authorize || !check) return undefined;
    const session = sessionOf(await authorize());
    const text = callbackUrl(session.state);
    return () => check(text, session);
  },
};

export const OPERATIONS = { authorize, callback };

/**
 * The contenders that do the work, after their results have been verified.
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
