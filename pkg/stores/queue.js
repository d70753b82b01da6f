/**
 * Runs one piece of work at a time for each key, in the order of the calls.
 */
export function keyedQueue() {
  /** @type {Map<string, Promise<void>>} */
  const tails = new Map();

  /**
   * @template T
   * @param {string} key
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  return async (key, run) => {
    const ahead = tails.get(key);
    let leave = () => {};
    const mine = new Promise((/** @type {(value: void) => void} */ resolve) => {
      leave = resolve;
    });
    tails.set(key, mine);
    try {
      await ahead;
      return await run();
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
      leave();
    }
  };
}
