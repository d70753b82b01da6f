import { OAuthError } from "../errors.js";
import { storeError } from "../store-error.js";
import { underLease } from "./lease.js";
import { keyedQueue } from "./queue.js";
import { attempt, checkKey, checkRecord, encode, parse } from "./record.js";
import { adapt, script, withoutArguments } from "./redis-client.js";
import { systemTimers } from "./timers.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */

// Versions and fencing tokens are compared as text, and the record is not parsed, because Lua's cjson would change it.
// A fencing token that differs from the latest one is that of a holder whose lock was taken over.
const FENCE = `
  if ARGV[1] ~= '' then
    local last = redis.call('GET', KEYS[2])
    if last and last ~= ARGV[1] then return -1 end
  end`;

const save = script(`${FENCE}
  if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[2] then return 0 end
  redis.call('HSET', KEYS[1], 'version', ARGV[3], 'record', ARGV[4])
  return 1`);

const remove = script(`${FENCE}
  return redis.call('DEL', KEYS[1])`);

// The owner may have the lock already: a client repeats a command if the connection breaks before the response.
const acquire = script(`
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('GET', KEYS[2])
  end
  local fence = redis.call('INCR', KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  return fence`);

const renew = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

const release = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`);

// No holder takes that long, and the compare-and-set protects the record even then, so the count may expire.
const FENCE_MS = 86_400_000;

/**
 * Records in Redis, a hash each (`version`, `record`), by node-redis or ioredis. Every change is one script, so the
 * compare-and-set is atomic; the keys of a grant share a hash slot, so a cluster serves it. The server must not evict keys
 * without a time to live: any maxmemory-policy but `allkeys-*`.
 *
 * `lock` is SET NX PX with a random owner, renewed at every third of `lockMs` while it is held, and a fencing token that
 * counts its holders. A TokenStore has no parameter for such a token, and not every runtime has AsyncLocalStorage, so the
 * store remembers the token of each key that it has locked and sends it with every save and deletion of that key. After
 * another process took the lock over, these reject with code "store". Within one store holders queue in memory, so a key
 * has one token at a time.
 *
 * A Redis that fails over can lose writes that it confirmed, of locks and of records. `WAIT`, or a database, does not.
 *
 * @param {unknown} redis
 * @param {{ prefix?: string, lockMs?: number }} [options] `prefix`: default "grantkit:"; `lockMs`: default 30 000
 * @returns {TokenStore}
 */
export function redisStore(redis, options) {
  return openRedisStore(redis, options, systemTimers);
}

/**
 * @param {unknown} client
 * @param {{ prefix?: string, lockMs?: number } | undefined} options
 * @param {import("./timers.js").Timers} timers
 * @returns {Required<TokenStore>}
 */
export function openRedisStore(client, { prefix = "grantkit:", lockMs = 30_000 } = {}, timers) {
  const redis = adapt(client);
  if (typeof prefix !== "string" || !Number.isSafeInteger(lockMs) || lockMs <= 0) {
    throw new OAuthError(
      "invalid_configuration",
      "an option of redisStore has a wrong value: pass a string as prefix, and a whole number of milliseconds above 0 as lockMs",
    );
  }
  const inTurn = keyedQueue();
  /** The fencing tokens of the locks that this store holds. @type {Map<string, string>} */
  const fences = new Map();

  /** Braces make a hash tag (Redis Cluster), so the text between them may have none. @param {string} key */
  const names = (key) => {
    const record = `${prefix}{${encodeURIComponent(key)}}`;
    return { record, lock: `${record}:lock`, fence: `${record}:fence` };
  };

  /**
   * @template T
   * @param {string} doing
   * @param {string} key
   * @param {() => Promise<T>} work
   */
  const on = (doing, key, work) =>
    attempt(work, (error) => {
      const cause = withoutArguments(error);
      const message = `Redis: ${doing} the record of ${JSON.stringify(key)} failed (${cause.message}): check that the client is connected, then call again`;
      return storeError(message, { cause, retryable: true });
    });

  /**
   * @param {string} key
   * @param {(redis: import("./redis-client.js").Redis, keys: string[], values: string[]) => Promise<number>} change
   * @param {string[]} values
   */
  async function fenced(key, change, ...values) {
    const { record, fence } = names(key);
    const result = await change(redis, [record, fence], [fences.get(key) ?? "", ...values]);
    if (result !== -1) return result;
    throw storeError(
      `Redis: the lock of ${JSON.stringify(key)} was taken over because this process did not renew it in time: load the record, and try again`,
      { retryable: true },
    );
  }

  return {
    async load(key) {
      checkKey(key);
      const { record } = names(key);
      const found = await on("loading", key, () => redis.hget(record, "record"));
      if (found === null || found === undefined) return undefined;
      const where = `Redis: ${record}`;
      return checkRecord(parse(String(found), where), where);
    },

    async save(key, record, expectedVersion) {
      checkKey(key);
      const json = encode(record, expectedVersion);
      const values = [String(expectedVersion ?? ""), String(record.version), json];
      return on("saving", key, async () => (await fenced(key, save, ...values)) === 1);
    },

    async delete(key) {
      checkKey(key);
      await on("deleting", key, () => fenced(key, remove));
    },

    async lock(key, run) {
      checkKey(key);
      const { lock, fence } = names(key);
      const owner = crypto.randomUUID();
      /** @type {import("./lease.js").Lease<string>} */
      const lease = {
        name: `Redis: the lock ${lock}`,
        leaseMs: lockMs,
        acquire: () =>
          on("locking", key, async () => {
            const token = await acquire(redis, [lock, fence], [owner, String(lockMs), String(FENCE_MS)]);
            return token === 0 ? undefined : String(token);
          }),
        renew: async () => (await renew(redis, [lock], [owner, String(lockMs)])) === 1,
        release: async () => void (await release(redis, [lock], [owner])),
      };
      return inTurn(key, () =>
        underLease(lease, timers, async (token) => {
          fences.set(key, token);
          try {
            return await run();
          } finally {
            fences.delete(key);
          }
        }),
      );
    },
  };
}
