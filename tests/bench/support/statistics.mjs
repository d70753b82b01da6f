/** @typedef {{ low: number, median: number, high: number }} Spread the quartiles and the median */

/** @param {readonly number[]} values @returns {Spread} */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)] ?? Number.NaN;
    const above = sorted[Math.ceil(position)] ?? Number.NaN;
    return below + (above - below) * (position - Math.floor(position));
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** Whether noise can explain the difference: the quartiles of the ratio are on both sides of 1. @param {Spread} ratio */
export function isEqual({ low, high }) {
  return low <= 1 && high >= 1;
}

/** A generator of numbers from 0 to 1: a Weyl sequence, mixed by multiplications and shifts. @param {number} seed */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/**
 * Shuffles as Fisher and Yates do.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {() => number} random
 * @returns {T[]}
 */
export function shuffled(items, random) {
  const rest = [...items];
  return items.map(() => /** @type {T} */ (rest.splice(Math.floor(random() * rest.length), 1)[0]));
}
