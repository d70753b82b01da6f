import { checkKey, checkRecord, encode, storeError } from "./record.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */
/** @typedef {import("../index.js").GrantRecord} GrantRecord */
/** @typedef {import("../index.js").Sealer} Sealer */

/**
 * What the store below keeps: the version in clear for its compare-and-set, the whole record sealed.
 *
 * @typedef {{ version: number, sealed: string }} SealedRecord
 */

/**
 * Encrypts the records of any store. The record's key is bound to it, so that it opens nowhere else, and so is its
 * version. A record in clear is read as it is and sealed by the next save, so a store in use can be wrapped; hence who
 * can write to the store below can put records in clear there, and can put back an older one that was sealed.
 *
 * @param {TokenStore} store
 * @param {Sealer} sealer
 * @returns {TokenStore}
 */
export function sealedStore(store, sealer) {
  /** @param {string} key */
  const purpose = (key) => `grantkit record ${key}`;

  /** @type {TokenStore} */
  const sealed = {
    async load(key) {
      checkKey(key);
      const outer = /** @type {GrantRecord | SealedRecord | undefined} */ (await store.load(key));
      if (outer === undefined || !("sealed" in outer)) return /** @type {GrantRecord | undefined} */ (outer);
      const where = `The sealed record of ${JSON.stringify(key)}`;
      let opened;
      try {
        opened = await sealer.unseal(/** @type {string} */ (outer.sealed), { purpose: purpose(key) });
      } catch (cause) {
        throw storeError(
          `${where} does not open: its key is not among the sealer's, or it was changed or belongs to another grant. ` +
            "It was left as it is: put the key it was sealed with behind the first one, or delete it and connect again.",
          { cause },
        );
      }
      const record = checkRecord(opened, where);
      if (record.version === outer.version) return record;
      throw storeError(
        `${where} has another version outside than inside: someone changed it. Delete it and connect again.`,
      );
    },

    async save(key, record, expectedVersion) {
      checkKey(key);
      const plain = JSON.parse(encode(record, expectedVersion));
      /** @type {unknown} */
      const outer = { version: record.version, sealed: await sealer.seal(plain, { purpose: purpose(key) }) };
      return store.save(key, /** @type {GrantRecord} */ (outer), expectedVersion);
    },

    delete: (key) => store.delete(key),
  };
  const { lock } = store;
  if (lock) sealed.lock = /** @type {typeof lock} */ (lock.bind(store));
  return sealed;
}
