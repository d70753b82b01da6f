import { methods, tokenStore } from "../check.js";
import { readable } from "../record-fields.js";
import { PLACE, storeError } from "../store-error.js";
import { checkKey, checkRecord, encode } from "./record.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */
/** @typedef {import("../index.js").GrantRecord} GrantRecord */
/** @typedef {import("../index.js").Sealer} Sealer */

/**
 * A record in the inner store: the version in clear for the compare-and-set, the whole record sealed.
 *
 * @typedef {{ version: number, sealed: string, format?: number }} SealedRecord
 */

/**
 * The other members of a sealed record, which a later version wrote beside it. In the loaded record, so that they are of the
 * version that is saved next; JSON omits a symbol.
 */
const OTHERS = /* @__PURE__ */ Symbol("others");

/**
 * Encrypts the records of any store. Each sealed record is bound to its key and its version. A record in clear is loaded
 * as it is and sealed by the next save, so that a store in use can be wrapped. Therefore a process that can write to the
 * inner store can put records in clear there, and can put back an older sealed one.
 *
 * @param {TokenStore} store
 * @param {Sealer} sealer
 * @returns {TokenStore}
 */
export function sealedStore(store, sealer) {
  tokenStore(store);
  methods(sealer, ["seal", "unseal"], "the sealer is not a Sealer: pass sealer(keys)");
  /** @param {string} key */
  const purpose = (key) => `grantkit record ${key}`;

  /** @type {TokenStore} */
  const sealed = {
    async load(key) {
      checkKey(key);
      const outer = /** @type {GrantRecord | SealedRecord | undefined} */ (await store.load(key));
      if (outer === undefined || !("sealed" in outer)) return /** @type {GrantRecord | undefined} */ (outer);
      readable(key, outer);
      const where = `the sealed record of ${JSON.stringify(key)}`;
      let opened;
      try {
        opened = await sealer.unseal(/** @type {string} */ (outer.sealed), { purpose: purpose(key) });
      } catch (cause) {
        throw storeError(
          `${where} cannot be unsealed, because its key is not among the sealer's keys, or it was changed or is of another grant: pass its key after the first one, or delete the record and connect again`,
          { cause },
        );
      }
      const record = checkRecord(opened, where);
      const { version, sealed: _, ...others } = outer;
      if (record.version === version) return Object.keys(others).length ? { ...record, [OTHERS]: others } : record;
      throw storeError(
        `${where} was changed, since its version is not the sealed version: delete the record and connect again`,
      );
    },

    async save(key, record, expectedVersion) {
      checkKey(key);
      const plain = JSON.parse(encode(record, expectedVersion));
      /** @type {unknown} */
      const outer = {
        ...Reflect.get(record, OTHERS),
        version: record.version,
        sealed: await sealer.seal(plain, { purpose: purpose(key) }),
      };
      return store.save(key, /** @type {GrantRecord} */ (outer), expectedVersion);
    },

    delete: (key) => store.delete(key),
  };
  Reflect.set(sealed, PLACE, Reflect.get(store, PLACE));
  const { lock } = store;
  if (lock) sealed.lock = /** @type {typeof lock} */ (lock.bind(store));
  return sealed;
}
