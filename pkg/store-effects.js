// The effects of a flow on a store (pkg/flow.js), and its lock. Apart from the loop, so that a bundle of a client has no
// store.

import { milliseconds } from "./clock.js";
import { advance, finish, perform, UNLOCKED } from "./flow.js";
import { inStore } from "./in-store.js";
import { checked, readable, recordToSave } from "./record-fields.js";
import { LOCK_PATIENCE, storeError } from "./store-error.js";
import { report } from "./trace.js";
import { raced } from "./transport.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./flow.js").Step} Step */
/** @typedef {import("./flow.js").Event} Event */
/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {{ store: import("./index.js").TokenStore, key: string, storeTimeoutMs: number, forms?: import("./in-store.js").Forms | undefined, latest?: GrantRecord | undefined }} Place */

/** How much longer than for a response a flow keeps a lock, in milliseconds. */
const LOCK_MARGIN = 45_000;

/**
 * The members of a flow with a store.
 *
 * @param {Place} place
 * @returns {Pick<Flow, "effects" | "trying" | "lock">}
 */
export function onStore(place) {
  const { key } = place;
  return {
    effects: {
      load: (flow) =>
        stored(place, flow, "load", [], (record) => {
          // After that, since another attempt would find the same format.
          load(flow, readable(key, record, flow.issued));
          return { name: "loaded" };
        }),

      async save(flow, { rest: [slot, expected = "", ...fields] }) {
        // Saving the loaded tokens drops those that were issued for an earlier refresh token.
        if (slot === "loaded") flow.issued = undefined;
        const kept = slot === "remembered" ? place.latest?.tokens : flow.issued;
        const tokens = /** @type {TokenSet} */ (kept ?? flow.loaded?.tokens);
        const record = recordToSave({ ...flow.loaded, tokens }, fields);
        flow.onSave?.();
        return stored(place, flow, "save", [record, +expected], (saved) => {
          if (saved) load(flow, record);
          return { name: "saved", fields: [!!saved] };
        });
      },

      delete: (flow) => stored(place, flow, "delete", [], () => ({ name: "deleted" })),

      async reply(flow) {
        flow.onReply?.(flow.storeFailure);
        return { name: "replied" };
      },
    },

    trying(flow, step) {
      try {
        return step();
      } catch (cause) {
        const { issued } = flow;
        if (!issued) throw cause;
        const message = `grant "${key}": a step failed after the server had issued tokens: save the \`tokens\` of this error`;
        throw storeError(message, { retryable: true, cause, tokens: issued });
      }
    },

    lock: (flow) => underLock(flow, place),
  };
}

/** Goes on under the lock of the store. How the lock ends changes nothing of what ran under it. @param {Flow} flow @param {Place & { store: any }} place */
async function underLock(flow, place) {
  const { store, key, storeTimeoutMs } = place;
  /** @type {ReturnType<typeof locked> | undefined} */
  let ran;
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {() => void} */
  let leave = () => {};
  const left = new Promise((/** @type {(value: void) => void} */ resolve) => {
    leave = resolve;
  });
  const rest = async () => {
    if (isOver) return;
    ran ??= locked(flow);
    const release = () => {
      // Not after the lock has ended otherwise: the timer would keep the process running.
      if (!isOver) timer = setTimeout(leave, storeTimeoutMs);
    };
    ran.then(release, release);
    // A lock that is kept for ever would keep all other processes out.
    const longest = flow.settle ? 0 : flow.settings.timeoutMs + LOCK_MARGIN;
    await raced(() => /** @type {Promise<unknown>} */ (ran), undefined, longest);
  };
  const late = () => {
    const message = `grant "${key}": the lock was not free for ${LOCK_PATIENCE / 1000} seconds: call again, and if that repeats, look for a process that hangs while it refreshes`;
    return storeError(message, { retryable: true, tokens: flow.issued });
  };
  const lock = () => raced(async () => store.lock(key, rest), undefined, LOCK_PATIENCE, late);
  try {
    // Another process may wait for the release, but its failure or its silence ends no caller's wait.
    await Promise.race([inStore(place, lock, () => ({ issued: flow.issued, known: known(flow, place) })), left]);
  } catch (error) {
    if (!ran) throw error;
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
  if (ran) return ran;
  const message = `grant "${key}": the lock of the store did not run its function: have lock(key, run) call run, and wait for it`;
  throw storeError(message, { tokens: flow.issued });
}

/** What runs under the lock. @param {Flow} flow @returns {Promise<TokenSet | typeof UNLOCKED>} */
async function locked(flow) {
  const run = async () => {
    const step = await perform(flow, advance(flow, { name: "locked" }));
    return step.effect === "unlock" ? UNLOCKED : finish(flow, step);
  };
  if (!flow.settle) return run();
  const [result] = await Promise.allSettled([run()]);
  const failure = result.status === "rejected" ? result.reason : undefined;
  try {
    await flow.settle(failure);
  } catch (error) {
    // The failure of the run may have tokens.
    throw failure ?? error;
  }
  if (result.status === "rejected") throw failure;
  return result.value;
}

/** Sets the slot *loaded*. @param {Flow} flow @param {import("./index.js").GrantRecord | undefined} record */
function load(flow, record) {
  flow.earlier = [...(flow.earlier ?? []), flow.loaded?.tokens, flow.issued];
  flow.loaded = record;
  flow.onLoaded?.(record);
}

/** The tokens that an error of the store may show. @param {Flow} flow @param {Place} place @returns {(TokenSet | undefined)[]} */
const known = ({ earlier = [], loaded, issued }, { latest }) => [...earlier, loaded?.tokens, issued, latest?.tokens];

/**
 * An effect of the store, traced. Its error carries the tokens that are not saved.
 *
 * @param {Place & { store: any }} place
 * @param {Flow} flow
 * @param {"load" | "save" | "delete"} effect
 * @param {unknown[]} values beside the key
 * @param {(value: any) => Event} done
 * @returns {Promise<Event>}
 */
async function stored(place, flow, effect, values, done) {
  const { store, key, storeTimeoutMs } = place;
  const { settings, origin, phase } = flow;
  const began = settings.trace ? milliseconds(settings) : 0;
  const event = { step: /** @type {const} */ ("store"), url: "", phase, effect };
  let value;
  try {
    const work = bounded(effect, storeTimeoutMs, () => store[effect](key, ...values));
    const checking = async () => (effect === "load" ? checked(await work(), key) : work());
    const tokens = () => ({ issued: flow.issued, known: known(flow, place) });
    value = await inStore(place, checking, tokens, effect === "load");
    report(settings, origin, event, undefined, began);
  } catch (error) {
    report(settings, origin, event, error, began);
    flow.storeFailure = error;
    return { name: "store_failed" };
  }
  return done(value);
}

/**
 * A call of the store that ends after some milliseconds. A save that has not ended may still take effect.
 *
 * @template T
 * @param {"load" | "save" | "delete"} effect
 * @param {number} storeTimeoutMs 0 for a store that needs no deadline
 * @param {() => Promise<T>} work
 */
export function bounded(effect, storeTimeoutMs, work) {
  if (!storeTimeoutMs) return work;
  const late = () => {
    const message = `the store did not ${effect} within ${storeTimeoutMs} ms: check that it can be reached, or raise storeTimeoutMs`;
    return storeError(message, { retryable: true });
  };
  return () => raced(async () => work(), undefined, storeTimeoutMs, late);
}
