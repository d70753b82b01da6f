/**
 * How a store waits. Milliseconds that only ever grow, so that a corrected clock ends no lease.
 *
 * @typedef {object} Timers
 * @property {() => number} now
 * @property {(ms: number) => Promise<void>} sleep
 * @property {(ms: number, tick: () => void) => () => void} every returns what stops it
 */

/** @type {Timers} */
export const systemTimers = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    // A lease alone is no reason for a process to stay.
    if (typeof timer === "object") timer.unref();
    return () => clearInterval(timer);
  },
};
