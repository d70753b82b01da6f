// mitata and tinybench measure one task after the other, so that a machine that slows down meanwhile favours the first.
// Here every round takes one sample of each contender, in an order drawn anew, and a ratio is of two samples of one round.

import { shuffled, spread } from "./statistics.mjs";

/** @typedef {import("./statistics.mjs").Spread} Spread */

/**
 * @typedef {object} Entrant
 * @property {string} name
 * @property {boolean | undefined} [isLibrary]
 * @property {string | undefined} [pairOf] on an entrant of an older package: the name of the same one of today's
 * @property {(calls: number) => Promise<number>} sample runs the work so often, gives the milliseconds that it took
 */

/**
 * @typedef {object} Measured
 * @property {string} name
 * @property {boolean} isLibrary
 * @property {number[]} values milliseconds for each call, by round
 * @property {Spread} time
 * @property {number} best
 * @property {Spread} ratio of the time to that of the first entrant in the same round
 * @property {Change} [change] on an entrant of an older package
 */

/** @typedef {{ name: string, ratio: Spread }} Change the time of today's entrant divided by that of its pair, in the same round */

/**
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} sampleMs how long a sample has to be at least
 * @property {() => number} random
 */

/** Samples before the first that counts, so that what is going to be compiled is. */
const WARM_UP = 5;

/**
 * Measures entrants beside each other; the first is what the others are compared with.
 *
 * @param {Entrant[]} entrants
 * @param {Plan} plan
 * @returns {Promise<Measured[]>}
 */
export async function measure(entrants, { rounds, sampleMs, random }) {
  /** @type {{ entrant: Entrant, calls: number, values: number[] }[]} */
  const sized = [];
  for (const entrant of entrants) {
    const calls = await callsFor(entrant, sampleMs);
    sized.push({ entrant, calls, values: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { entrant, calls, values } of inOrder(sized, random)) {
      values.push((await entrant.sample(calls)) / calls);
    }
  }
  const base = sized[0]?.values ?? [];
  return sized.map(({ entrant: { name, isLibrary = false, pairOf }, values }) => {
    const today = sized.find(({ entrant }) => entrant.name === pairOf);
    const change = today && { name: today.entrant.name, ratio: ratios(today.values, values) };
    const measured = { name, isLibrary, values, time: spread(values), best: Math.min(...values) };
    return { ...measured, ratio: ratios(values, base), ...(change && { change }) };
  });
}

/** @param {number[]} values @param {number[]} base */
function ratios(values, base) {
  return spread(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}

/**
 * The order of a round: drawn anew, but an entrant of an older package stays next to its pair, before or after it, so that
 * little changes on the machine between the two.
 *
 * @template {{ entrant: Pick<Entrant, "name" | "pairOf"> }} T
 * @param {T[]} sized
 * @param {() => number} random
 * @returns {T[]}
 */
export function inOrder(sized, random) {
  const groups = sized.flatMap((one) => {
    if (one.entrant.pairOf !== undefined) return [];
    return [[one, ...sized.filter(({ entrant }) => entrant.pairOf === one.entrant.name)]];
  });
  return shuffled(groups, random).flatMap((group) => shuffled(group, random));
}

/** How many calls make a sample long enough, found once the code is warm. @param {Entrant} entrant @param {number} sampleMs */
async function callsFor({ sample }, sampleMs) {
  let calls = 1;
  let spent = await sample(calls);
  while (spent < sampleMs) {
    calls = Math.ceil(calls * Math.min(10, Math.max(1.5, (1.2 * sampleMs) / Math.max(spent, 1e-6))));
    spent = await sample(calls);
  }
  for (let time = 1; time < WARM_UP; time += 1) spent = await sample(calls);
  return Math.max(1, Math.ceil((calls * sampleMs) / spent));
}

/**
 * A sample of calls one after the other. What returns no promise is not awaited, as its users do not.
 *
 * @param {() => unknown} work
 * @returns {Promise<(calls: number) => Promise<number>>}
 */
export async function repeated(work) {
  const first = work();
  if (!(first instanceof Promise)) {
    return async (calls) => {
      const began = performance.now();
      for (let call = 0; call < calls; call += 1) work();
      return performance.now() - began;
    };
  }
  await first;
  return async (calls) => {
    const began = performance.now();
    for (let call = 0; call < calls; call += 1) await work();
    return performance.now() - began;
  };
}
