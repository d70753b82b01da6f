// mitata and tinybench measure one task after another, so a machine that slows down in between favours the first task.
// Here every round takes one sample of each contender in a random order, and a ratio compares two samples of one round.

import { shuffled, spread } from "./statistics.mjs";

/** @typedef {import("./statistics.mjs").Spread} Spread */

/**
 * @typedef {object} Entrant
 * @property {string} name
 * @property {boolean | undefined} [isLibrary]
 * @property {string | undefined} [pairOf] set on an entrant of an older package: the name of today's entrant
 * @property {(calls: number) => Promise<number>} sample makes that many calls, returns the milliseconds that they took
 */

/**
 * @typedef {object} Measured
 * @property {string} name
 * @property {boolean} isLibrary
 * @property {number[]} values milliseconds for each call, by round
 * @property {Spread} time
 * @property {number} best
 * @property {Spread} ratio of the time to that of the first entrant in the same round
 * @property {Change} [change] set on an entrant of an older package
 */

/** @typedef {{ name: string, ratio: Spread }} Change `ratio`: the time of today's entrant divided by that of the older one, round by round */

/**
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} sampleMs the shortest that a sample may be
 * @property {number} [parts] that a sample is split into when two packages are compared
 * @property {boolean} [isPair] samples only entrants that are compared with an older package; the others have no values
 * @property {() => number} random
 */

/** An entrant with what was measured of it, by round. @typedef {{ entrant: Entrant, calls: number, values: number[], paired: number[] }} Sampled */

/** Samples that do not count, so that the engine compiles the code before the first that does. */
const WARM_UP = 5;

/** A millisecond each with the usual sample: shorter than what the scheduler gives another process. */
const PARTS = 40;

/**
 * Measures entrants beside each other; the ratios are to the first.
 *
 * @param {Entrant[]} entrants
 * @param {Plan} plan
 * @returns {Promise<Measured[]>}
 */
export async function measure(entrants, { rounds, sampleMs, parts = PARTS, isPair = false, random }) {
  /** @type {Sampled[]} */
  const sampled = entrants.map((entrant) => ({ entrant, calls: 1, values: [], paired: [] }));
  const groups = groupsOf(sampled).filter((group) => !isPair || group.length > 1);
  for (const one of shuffled(groups.flat(), random)) one.calls = await callsFor(one.entrant, sampleMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const group of shuffled(groups, random)) await sampleGroup(group, parts, random);
  }
  const base = sampled[0]?.values ?? [];
  return sampled.map(({ entrant: { name, isLibrary = false, pairOf }, values, paired }) => {
    const today = sampled.find(({ entrant }) => entrant.name === pairOf);
    const change = today && { name: today.entrant.name, ratio: ratios(today.paired, paired) };
    const measured = { name, isLibrary, values, time: spread(values), best: Math.min(...values) };
    return { ...measured, ratio: ratios(values, base), ...(change && { change }) };
  });
}

/** @param {number[]} values @param {number[]} base */
function ratios(values, base) {
  return spread(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}

/** Each entrant, together with that of an older package if there is one. @param {Sampled[]} sampled */
function groupsOf(sampled) {
  return sampled.flatMap((one) => {
    if (one.entrant.pairOf !== undefined) return [];
    return [[one, ...sampled.filter(({ entrant }) => entrant.pairOf === one.entrant.name)]];
  });
}

/**
 * Takes one sample of each in a group. Those of a pair are split into parts that alternate, and the pair is compared by the
 * medians of its parts: a burst of other load then hits both, or few parts of one.
 *
 * @param {Sampled[]} group
 * @param {number} parts
 * @param {() => number} random
 */
async function sampleGroup(group, parts, random) {
  const runs = group.map((one) => {
    const count = group.length === 1 ? 1 : parts;
    return { ...one, calls: Math.max(1, Math.round(one.calls / count)), count, times: /** @type {number[]} */ ([]) };
  });
  for (let part = 0; part < (runs[0]?.count ?? 0); part += 1) {
    for (const { entrant, calls, times } of shuffled(runs, random)) times.push((await entrant.sample(calls)) / calls);
  }
  for (const { times, values, paired } of runs) {
    values.push(times.reduce((sum, time) => sum + time, 0) / times.length);
    paired.push(spread(times).median);
  }
}

/** How many calls make a sample long enough, measured on warm code. @param {Entrant} entrant @param {number} sampleMs */
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
 * A sample of calls one after another. A result that is no promise is not awaited, since users do not await it either.
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
