import { LOCK_PATIENCE, storeError } from "../store-error.js";

/**
 * A lock that expires unless it is renewed.
 *
 * @template Held
 * @typedef {object} Lease
 * @property {string} name for messages
 * @property {number} leaseMs
 * @property {() => Promise<Held | undefined>} acquire undefined while another holds it
 * @property {(held: Held) => Promise<boolean>} renew false once it is lost
 * @property {(held: Held) => Promise<void>} release
 */

const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 250;

/**
 * Runs something while a lease is held and renewed.
 *
 * @template Held, T
 * @param {Lease<Held>} lease
 * @param {import("./timers.js").Timers} timers
 * @param {Map<string, Held>} kept leases of this store by name whose release failed, so that it need not wait for them
 * @param {(held: Held) => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function underLease(lease, timers, kept, run) {
  const held = (await takenAgain(lease, kept)) ?? (await wait(lease, timers));
  let busy = false;
  const stop = timers.every(lease.leaseMs / 3, async () => {
    if (busy) return;
    busy = true;
    // A renewal that fails is tried again at the next tick. A lost lease is detected when something is saved.
    const isHeld = await lease.renew(held).catch(() => true);
    busy = false;
    if (!isHeld) stop();
  });
  try {
    return await run(held);
  } finally {
    stop();
    // A failure is ignored, since `run` has ended. A lease that is not released expires, or this store takes it again.
    await lease.release(held).catch(() => kept.set(lease.name, held));
  }
}

/** @template Held @param {Lease<Held>} lease @param {Map<string, Held>} kept */
async function takenAgain(lease, kept) {
  const held = kept.get(lease.name);
  kept.delete(lease.name);
  return held !== undefined && (await lease.renew(held).catch(() => false)) ? held : undefined;
}

/**
 * @template Held
 * @param {Lease<Held>} lease
 * @param {import("./timers.js").Timers} timers
 * @returns {Promise<Held>}
 */
async function wait(lease, timers) {
  const end = timers.now() + LOCK_PATIENCE;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const held = await lease.acquire();
    if (held !== undefined) return held;
    if (timers.now() >= end) {
      throw storeError(
        `${lease.name} has been held by another process for ${LOCK_PATIENCE / 1000} seconds: call again, and if that repeats, look for a process that hangs while it refreshes`,
        { retryable: true },
      );
    }
    // Jitter, so that the waiting processes do not all try at once.
    await timers.sleep(pause * (0.5 + Math.random() / 2));
  }
}
