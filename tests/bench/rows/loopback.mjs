import { fork } from "node:child_process";
import { once } from "node:events";
import { inNode } from "../contenders/node.mjs";
import { oauth4webapiWithDeadline } from "../contenders/oauth4webapi.mjs";
import { others, times, timeTable } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";
import { isEqual } from "../support/statistics.mjs";
import { verifyTokens } from "../support/verify.mjs";
import { tokenWork } from "./exchange.mjs";

/** @typedef {import("../support/sampler.mjs").Entrant} Entrant */
/** @typedef {import("../support/sampler.mjs").Measured} Measured */

const LANES = 64;
/** So few that each lane makes several calls in a part. */
const PARTS = 4;
const TITLES = { exchange: "Code exchange", refresh: "Refresh", grant: "Callback to tokens" };

const NOTE = [
  "grantkit and openid-client limit the time of a request, for which they pass a signal to fetch. simple-oauth2 uses",
  "node:http instead of fetch.",
].join("\n");

/** A sample that keeps as many calls in progress as there are lanes. @param {() => Promise<unknown>} work */
function inLanes(work) {
  return async (/** @type {number} */ calls) => {
    let left = calls;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        await work();
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: LANES }, lane));
    return performance.now() - began;
  };
}

/** @param {keyof typeof TITLES} kind @param {string} origin @param {import("../support/row.mjs").Options["before"]} before */
async function entrants(kind, origin, before) {
  /** @type {Entrant[]} */
  const found = [];
  for (const make of [...inNode(before?.library), oauth4webapiWithDeadline]) {
    const contender = make({ origin });
    const work = await tokenWork(kind, contender, origin);
    if (!work) continue;
    verifyTokens(contender, await work());
    const { name, isLibrary, pairOf } = contender;
    found.push({ name, isLibrary, pairOf, sample: inLanes(work) });
  }
  return found;
}

/** @param {Measured[]} measured */
function aims(measured) {
  const fastest = others(measured).toSorted((a, b) => a.ratio.median - b.ratio.median)[0];
  if (!fastest) return [];
  const { ratio, name } = fastest;
  const result = `${isEqual(ratio) ? "equal to" : times(ratio.median)} ${name}, the fastest of the others`;
  return [{ aim: "fastest, or within 3 %", result, isReached: ratio.median >= 0.97 || isEqual(ratio) }];
}

/** @param {keyof typeof TITLES} kind @returns {import("../support/row.mjs").Row} */
export function loopback(kind) {
  return {
    name: `loopback-${kind}`,
    title: `${TITLES[kind]} by the default transport over loopback HTTP, ${LANES} at once (Node)`,
    async run(plan) {
      const server = fork(new URL("../support/token-server.mjs", import.meta.url));
      try {
        const [origin] = await once(server, "message");
        const measured = await measure(await entrants(kind, origin, plan.before), {
          ...plan,
          sampleMs: plan.sampleMs * 5,
          parts: plan.parts ?? PARTS,
        });
        return { ...timeTable(measured), aims: aims(measured), notes: [NOTE] };
      } finally {
        server.disconnect();
        await once(server, "exit");
      }
    },
  };
}
