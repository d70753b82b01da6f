import { memoryStore } from "grantkit";

/** @typedef {import("grantkit").TokenStore} TokenStore */
/** @typedef {import("grantkit").GrantRecord} GrantRecord */

/**
 * Functions that run in place of the store's methods; `proceed` calls the original method.
 *
 * @typedef {object} Hooks
 * @property {(proceed: () => Promise<GrantRecord | undefined>) => Promise<GrantRecord | undefined>} [load]
 * @property {(proceed: () => Promise<boolean>, record: GrantRecord) => Promise<boolean>} [save]
 * @property {(proceed: () => Promise<void>) => Promise<void>} [delete]
 */

/**
 * A store that counts its calls and runs hooks in place of its methods.
 *
 * @param {TokenStore} [under]
 */
export function instrumentedStore(under = memoryStore()) {
  const counts = { load: 0, save: 0, delete: 0, lock: 0 };
  /** @type {Hooks} */
  const on = {};
  /** @type {Required<TokenStore>} */
  const store = {
    async load(key) {
      counts.load += 1;
      const proceed = () => under.load(key);
      return on.load ? on.load(proceed) : proceed();
    },
    async save(key, record, expectedVersion) {
      counts.save += 1;
      const proceed = () => under.save(key, record, expectedVersion);
      return on.save ? on.save(proceed, record) : proceed();
    },
    async delete(key) {
      counts.delete += 1;
      const proceed = () => under.delete(key);
      return on.delete ? on.delete(proceed) : proceed();
    },
    async lock(key, run) {
      counts.lock += 1;
      return under.lock ? under.lock(key, run) : run();
    },
  };
  return { store, under, counts, on };
}

/** Whether a save is that of the mark, before a request. @param {GrantRecord} record */
export const isMark = (record) => record.refreshing_since !== undefined;

/** Makes every save of tokens fail, and none of a mark. @param {Hooks} on @param {unknown} [cause] */
export function failSaves(on, cause = new Error("the disk is full")) {
  on.save = async (proceed, record) => {
    if (isMark(record)) return proceed();
    throw cause;
  };
}

/** The same store without its lock. @param {TokenStore} store @returns {TokenStore} */
export function withoutLock({ load, save, delete: remove }) {
  return { load, save, delete: remove };
}

/** A promise that resolves when `open` is called. */
export function gate() {
  /** @type {(value?: unknown) => void} */
  let open = () => {};
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { open, opened };
}
