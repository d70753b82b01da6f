import { setImmediate } from "node:timers/promises";

/**
 * Time that passes when someone sleeps, and at once. What is due meanwhile is done, and waited for, before the sleeper
 * wakes.
 */
export function virtualTimers() {
  let now = 0;
  /** @type {Set<{ ms: number, next: number, tick: () => unknown }>} */
  const repeated = new Set();

  /** @param {number} ms */
  async function sleep(ms) {
    const end = now + ms;
    for (;;) {
      const [due] = [...repeated].sort((a, b) => a.next - b.next);
      if (!due || due.next > end) break;
      now = Math.max(now, due.next);
      due.next += due.ms;
      await due.tick();
    }
    now = Math.max(now, end);
    await setImmediate();
  }

  return {
    now: () => now,
    sleep,
    /** How much is still to be repeated. */
    repeated: () => repeated.size,
    /** @param {number} ms @param {() => unknown} tick */
    every(ms, tick) {
      const entry = { ms, next: now + ms, tick };
      repeated.add(entry);
      return () => void repeated.delete(entry);
    },
  };
}
