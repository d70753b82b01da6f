import { knownMembers } from "./check.js";
import { storeError } from "./store-error.js";
import { concurrencyChecks } from "./stores/checks/concurrency.js";
import { recordChecks } from "./stores/checks/records.js";
import { demand } from "./stores/checks/trial.js";
import { attempt, messageOf } from "./stores/record.js";

/** @typedef {import("./index.js").TokenStore} TokenStore */

/**
 * Calls `act` after a time, unless the function that it returns is called first.
 *
 * @typedef {(ms: number, act: () => void) => () => void} After
 */

const STUCK_MS = 20_000;

/**
 * The tests that a TokenStore must pass. Rejects at the first rule of the contract that it breaks, with an OAuthError of
 * code "store" whose message names the remedy. Existing records are not changed, but the keys that it uses must be
 * unused, so pass an empty store or a prefix of its own. It deletes what it wrote.
 *
 * @param {() => TokenStore | Promise<TokenStore>} makeStore called twice; where both stores share their records, they are
 *   also tested against each other
 * @param {{ after?: After }} [options] `after`: replaces the timer that detects a lock which never ends
 * @returns {Promise<void>}
 */
export async function checkTokenStore(makeStore, options = {}) {
  knownMembers("checkTokenStore", options, ["after"]);
  const { after = timer } = options;
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
          storeError(
            `the TokenStore threw an error in ${check.name} (${messageOf(cause)}): see \`cause\`, and correct it`,
            {
              cause,
            },
          ),
      );
    } finally {
      for (const name of used) await tidy(store, name);
    }
  }
}

/** Failures are ignored, since the result of the check matters more. @param {TokenStore} store @param {string} key */
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
const inTimeBy = (after) => async (work, broken, remedy) => {
  let cancel = () => {};
  /** @type {Promise<void>} */
  const late = new Promise((resolve) => {
    cancel = after(STUCK_MS, resolve);
  });
  const ended = Promise.race([work.then(() => true), late.then(() => false)]);
  demand(await ended.finally(cancel), broken, remedy);
  return work;
};
