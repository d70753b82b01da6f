// The type of a row of the benchmark, and how numbers become text.

import { isEqual } from "./statistics.mjs";

/** @typedef {import("./sampler.mjs").Measured} Measured */
/** @typedef {import("./statistics.mjs").Spread} Spread */

/** @typedef {import("./sampler.mjs").Change} Change */

/** @typedef {import("./sampler.mjs").Plan & { isCheck: boolean, before?: import("./before.mjs").Before | undefined }} Options `isCheck`: makes few calls, to check the results only; `before`: an older package to compare with */

/**
 * @typedef {object} Row
 * @property {string} name the word of the command that chooses the row
 * @property {string} title
 * @property {boolean} [isUntimed] measures bytes, which are not compared with an older package
 * @property {(options: Options) => Promise<Outcome>} run rejects if a result is wrong
 */

/**
 * @typedef {object} Outcome
 * @property {string[]} head
 * @property {string[][]} lines
 * @property {Aim[]} aims
 * @property {Change[]} [changes] since an older package
 * @property {string[]} [notes]
 */

/** @typedef {{ aim: string, result: string, isReached: boolean, isRequired?: boolean }} Aim `isRequired`: the run fails if it is not reached */

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
function relative(ratio) {
  return isEqual(ratio) ? "equal" : `${times(ratio.median)} (${times(ratio.low)} to ${times(ratio.high)})`;
}

/**
 * A table of times, each with its ratio to that of the first.
 *
 * @param {Measured[]} measured
 * @returns {Pick<Outcome, "head" | "lines" | "changes">}
 */
export function timeTable(measured) {
  const lines = measured.map(({ name, time, best, ratio }, index) => [
    name,
    duration(time.median),
    `${duration(time.low)} to ${duration(time.high)}`,
    duration(best),
    index === 0 ? "1" : relative(ratio),
  ]);
  return {
    head: ["", "median", "quartiles", "best", "time relative to the first"],
    lines,
    changes: changesOf(measured),
  };
}

/** @param {Measured[]} measured */
export function changesOf(measured) {
  return measured.flatMap(({ change }) => change ?? []);
}

/** The highest ratio that --check-before accepts. */
const SLOWEST = 1.1;

/** Whether today's package is slower than accepted, and noise does not explain it: both quartiles are above the limit. @param {Spread} ratio */
export function isTooSlow({ low }) {
  return low > SLOWEST;
}

/** @param {Spread} ratio of the time of today to the time before */
export function verdict(ratio) {
  if (isTooSlow(ratio)) return "slower by more than 10 %";
  if (isEqual(ratio)) return "equal";
  return ratio.median < 1 ? "faster" : "slower";
}

/** @param {Measured[]} measured @param {string} name */
export function named(measured, name) {
  const found = measured.find((entry) => entry.name === name);
  if (!found) throw new Error(`${name} was not measured`);
  return found;
}

/** All but grantkit. @param {Measured[]} measured */
export function others(measured) {
  return measured.slice(1).filter(({ change }) => !change);
}

/**
 * Whether the first is faster by a factor than the fastest of the others.
 *
 * @param {Measured[]} others
 * @param {number} factor
 * @param {string} than
 * @returns {Aim}
 */
export function fasterThan(others, factor, than) {
  const next = others.toSorted((a, b) => a.ratio.median - b.ratio.median)[0];
  if (!next) throw new Error(`${than}: no contender was measured`);
  const result = `${times(next.ratio.median)} ${others.length > 1 ? next.name : ""}`.trim();
  return { aim: `${factor} × ${than}`, result, isReached: next.ratio.median >= factor };
}
