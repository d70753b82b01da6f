import { OAuthError } from "../errors.js";
import { storeError } from "../store-error.js";
import { attempt, checkKey, checkRecord, encode, messageOf } from "./record.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */

/**
 * The part of a Durable Object's storage that is used.
 *
 * @typedef {object} Storage
 * @property {(key: string) => Promise<unknown>} get
 * @property {(key: string, value: unknown) => Promise<void>} put
 * @property {(key: string) => Promise<boolean>} delete
 * @property {<T>(run: (transaction: Pick<Storage, "get" | "put">) => Promise<T>) => Promise<T>} transaction
 */

const PREFIX = "grantkit:";

/**
 * Storage of a Durable Object as a TokenStore. It has no lock: only one isolate has this storage, so a promise in memory
 * suffices. A write is durable before any response or request leaves the object (output gates).
 *
 * @param {unknown} storage `ctx.storage`
 * @returns {TokenStore}
 */
export function durableObjectStore(storage) {
  const inner = /** @type {Storage} */ (storage);
  if (typeof inner?.transaction !== "function") {
    throw new OAuthError(
      "invalid_configuration",
      "durableObjectStore got no storage of a Durable Object: pass ctx.storage",
    );
  }
  /** @param {string} key */
  const where = (key) => `the record of ${JSON.stringify(key)} in the Durable Object's storage`;

  /**
   * @template T
   * @param {string} verb
   * @param {string} key
   * @param {() => Promise<T>} work
   */
  const on = (verb, key, work) => {
    checkKey(key);
    return attempt(work, (cause) =>
      storeError(`${where(key)} could not be ${verb} (${messageOf(cause)}): call again`, { cause, retryable: true }),
    );
  };

  return {
    async load(key) {
      return on("loaded", key, async () => {
        const value = await inner.get(PREFIX + key);
        return value === undefined ? undefined : checkRecord(value, where(key));
      });
    },
    async save(key, record, expectedVersion) {
      return on("saved", key, async () => {
        const plain = JSON.parse(encode(record, expectedVersion));
        return inner.transaction(async (transaction) => {
          const current = await transaction.get(PREFIX + key);
          const version = current === undefined ? undefined : checkRecord(current, where(key)).version;
          if (version !== expectedVersion) return false;
          await transaction.put(PREFIX + key, plain);
          return true;
        });
      });
    },
    async delete(key) {
      await on("deleted", key, () => inner.delete(PREFIX + key));
    },
  };
}
