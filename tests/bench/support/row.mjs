// What a row of the benchmark is, and how figures become text.

import { isEqual } from "./statistics.mjs";

/** @typedef {import("./sampler.mjs").Measured} Measured */
/** @typedef {import("./statistics.mjs").Spread} Spread */

/** @typedef {import("./sampler.mjs").Plan & { isCheck: boolean }} Options `isCheck`: once each, for the answers alone */

/**
 * @typedef {object} Row
 * @property {string} name the word that chooses it
 * @property {string} title
 * @property {(options: Options) => Promise<Outcome>} run rejects where an answer is wrong
 */

/**
 * @typedef {object} Outcome
 * @property {string[]} head
 * @property {string[][]} lines
 * @property {Aim[]} aims
 * @property {string[]} [notes]
 */

/** @typedef {{ aim: string, seen: string, isReached: boolean, isDuty?: boolean }} Aim `isDuty`: the run fails without */

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds >= 1) return `${milliseconds.toPrecision(3)} ms`;
  if (milliseconds >= 1e-3) return `${(milliseconds * 1e3).toPrecision(3)} µs`;
  return `${(milliseconds * 1e6).toPrecision(3)} ns`;
}

/** @param {number} value */
export function times(value) {
  return `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ×`;
}

/** @param {Spread} ratio */
function beside(ratio) {
  return isEqual(ratio) ? "equal" : `${times(ratio.median)} (${times(ratio.low)} to ${times(ratio.high)})`;
}

/**
 * A table of times, each beside that of the first.
 *
 * @param {Measured[]} measured
 * @returns {Pick<Outcome, "head" | "lines">}
 */
export function timeTable(measured) {
  const lines = measured.map(({ name, time, best, ratio }, index) => [
    name,
    duration(time.median),
    `${duration(time.low)} to ${duration(time.high)}`,
    duration(best),
    index === 0 ? "1" : beside(ratio),
  ]);
  return { head: ["", "median", "quartiles", "best", "time beside the first"], lines };
}

/** @param {Measured[]} measured @param {string} name */
export function named(measured, name) {
  const found = measured.find((entry) => entry.name === name);
  if (!found) throw new Error(`${name} was not measured`);
  return found;
}

/**
 * That the first is so many times as fast as the fastest of the others.
 *
 * @param {Measured[]} others
 * @param {number} factor
 * @param {string} whom
 * @returns {Aim}
 */
export function fasterThan(others, factor, whom) {
  const next = others.toSorted((a, b) => a.ratio.median - b.ratio.median)[0];
  if (!next) throw new Error(`${whom}: nobody was measured`);
  const seen = `${times(next.ratio.median)} ${others.length > 1 ? next.name : ""}`.trim();
  return { aim: `${factor} × ${whom}`, seen, isReached: next.ratio.median >= factor };
}
