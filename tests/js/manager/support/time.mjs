import { flushTasks } from "./expect.mjs";

/** Seconds after which everything has ended that waits for a timer. */
const LONGEST = 200;

/** As passingTime, with the clock of a server. @param {import("node:test").TestContext} t @param {{ now: number }} time */
export const passingSeconds = (t, time) =>
  passingTime(t, () => {
    time.now += 1;
  });

/**
 * Replaces setTimeout, and returns a function that lets a promise settle while the time passes, second by second.
 *
 * @param {import("node:test").TestContext} t
 * @param {() => void} advance moves the clock by a second
 */
export function passingTime(t, advance) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @template T @param {Promise<T>} promise @returns {Promise<T>} */
  return async (promise) => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (let second = 0; second < LONGEST; second += 1) {
      await flushTasks();
      if (isSettled) return promise;
      advance();
      t.mock.timers.tick(1000);
    }
    throw new Error(`the promise is pending after ${LONGEST} seconds`);
  };
}
