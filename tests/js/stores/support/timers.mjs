import { setImmediate } from "node:timers/promises";

/**
 * Virtual time: `sleep` advances it at once, and first runs and awaits the repeated functions that are due.
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
    /** The number of repeated functions. */
    repeated: () => repeated.size,
    /** @param {number} ms @param {() => unknown} tick */
    every(ms, tick) {
      const entry = { ms, next: now + ms, tick };
      repeated.add(entry);
      return () => void repeated.delete(entry);
    },
  };
}
