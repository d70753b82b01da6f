/**
 * The clock and the timers of a store. The clock is monotonic, so that a corrected system clock ends no lease.
 *
 * @typedef {object} Timers
 * @property {() => number} now milliseconds
 * @property {(ms: number) => Promise<void>} sleep
 * @property {(ms: number, tick: () => void) => () => void} every returns a function that stops it
 */

/** @type {Timers} */
export const systemTimers = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    // A lease does not keep a process running.
    if (typeof timer === "object") timer.unref();
    return () => clearInterval(timer);
  },
};
