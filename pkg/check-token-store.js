import { concurrencyChecks } from "./stores/checks/concurrency.js";
import { recordChecks } from "./stores/checks/records.js";
import { demand } from "./stores/checks/trial.js";
import { attempt, storeError, words } from "./stores/record.js";

/** @typedef {import("./index.js").TokenStore} TokenStore */

/**
 * Does something later, unless the function that it returns is called first.
 *
 * @typedef {(ms: number, act: () => void) => () => void} After
 */

const STUCK_MS = 20_000;

/**
 * The tests that a TokenStore must pass. Rejects with the first promise that is broken, as an OAuthError with code
 * "store" whose message says what to do about it. Nothing that was there before is changed, but the names that it uses
 * must be free, so give it an empty store or a prefix of its own; what it wrote it deletes.
 *
 * @param {() => TokenStore | Promise<TokenStore>} makeStore called twice; where both stores have the same records
 *   underneath, they are also tried against each other
 * @param {{ after?: After }} [options] `after`: replaces the timer by which a lock that never ends is told
 * @returns {Promise<void>}
 */
export async function checkTokenStore(makeStore, { after = timer } = {}) {
  const [store, other] = [await makeStore(), await makeStore()];
  const run = crypto.randomUUID();
  for (const check of [...recordChecks, ...concurrencyChecks]) {
    /** @type {Set<string>} */
    const used = new Set();
    /** @param {string} name */
    const use = (name) => {
      used.add(name);
      return name;
    };
    const key = (suffix = "") => use(`check/${run}/${check.name}/${suffix}`);
    const trial = { store, other, key, use, inTime: inTimeBy(after) };
    try {
      await attempt(
        () => check(trial),
        (cause) =>
          storeError(`This TokenStore fails by itself (${check.name}): ${words(cause)}. See the cause.`, { cause }),
      );
    } finally {
      for (const name of used) await tidy(store, name);
    }
  }
}

/** What was found matters more than what cannot be tidied up. @param {TokenStore} store @param {string} key */
async function tidy(store, key) {
  try {
    await store.delete(key);
  } catch {}
}

/** @type {After} */
const timer = (ms, act) => {
  const handle = setTimeout(act, ms);
  return () => clearTimeout(handle);
};

/**
 * @param {After} after
 * @returns {import("./stores/checks/trial.js").Trial["inTime"]}
 */
const inTimeBy = (after) => async (work, broken) => {
  let cancel = () => {};
  /** @type {Promise<void>} */
  const late = new Promise((resolve) => {
    cancel = after(STUCK_MS, resolve);
  });
  const ended = Promise.race([work.then(() => true), late.then(() => false)]);
  demand(await ended.finally(cancel), broken, "");
  return work;
};
