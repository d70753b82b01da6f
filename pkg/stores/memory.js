import { underLease } from "./lease.js";
import { checkKey, encode, inMemory } from "./record.js";
import { systemTimers } from "./timers.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */
/** @typedef {import("../index.js").GrantRecord} GrantRecord */

const LEASE_MS = 30_000;

/**
 * A store that lasts as long as the process. Its lock holds between managers of one process.
 *
 * @returns {TokenStore}
 */
export function memoryStore() {
  return createMemoryStore(systemTimers);
}

/**
 * @param {import("./timers.js").Timers} timers
 * @returns {Required<TokenStore>}
 */
export function createMemoryStore(timers) {
  /** @type {Map<string, GrantRecord>} */
  const records = new Map();
  // A lease instead of a queue of promises, because Workers cancel a request with all its promises and timers: a cancelled
  // holder stops renewing, and does not block the isolate for ever.
  /** @type {Map<string, { until: number }>} */
  const leases = new Map();
  /** @param {string} key */
  const lease = (key) => ({
    name: `the lock of ${JSON.stringify(key)}`,
    leaseMs: LEASE_MS,
    async acquire() {
      const other = leases.get(key);
      if (other && other.until > timers.now()) return undefined;
      const held = { until: timers.now() + LEASE_MS };
      leases.set(key, held);
      return held;
    },
    /** @param {{ until: number }} held */
    async renew(held) {
      held.until = timers.now() + LEASE_MS;
      return leases.get(key) === held;
    },
    /** @param {{ until: number }} held */
    async release(held) {
      if (leases.get(key) === held) leases.delete(key);
    },
  });

  /** @type {Required<TokenStore>} */
  const store = {
    async load(key) {
      const record = records.get(key);
      if (record === undefined) checkKey(key);
      return copy(record);
    },
    async save(key, record, expectedVersion) {
      checkKey(key);
      const json = encode(record, expectedVersion);
      if (records.get(key)?.version !== expectedVersion) return false;
      records.set(key, JSON.parse(json));
      return true;
    },
    async delete(key) {
      checkKey(key);
      records.delete(key);
    },
    async lock(key, run) {
      checkKey(key);
      return underLease(lease(key), timers, new Map(), run);
    },
  };
  inMemory.add(store);
  return store;
}

/**
 * A copy of parsed JSON. It takes a fifth of the time of structuredClone, and every request calls `load`.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
function copy(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return /** @type {T} */ (value.map(copy));
  const result = { ...value };
  for (const name in result) {
    if (typeof result[name] === "object") result[name] = copy(result[name]);
  }
  return result;
}
