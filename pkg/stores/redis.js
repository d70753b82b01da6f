import { given, knownMembers } from "../check.js";
import { OAuthError } from "../errors.js";
import { storeError } from "../store-error.js";
import { underLease } from "./lease.js";
import { keyedQueue } from "./queue.js";
import { attempt, checkKey, checkRecord, encode, parse } from "./record.js";
import { adapt, script, withoutArguments } from "./redis-client.js";
import { systemTimers } from "./timers.js";

/** @typedef {import("../index.js").TokenStore} TokenStore */

// Versions are compared as text, and the record is not parsed, because Lua's cjson would change it.
const save = script(`
  if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'version', ARGV[2], 'record', ARGV[3])
  return 1`);

const remove = script(`
  return redis.call('DEL', KEYS[1])`);

// The owner may have the lock already: a client repeats a command if the connection breaks before the response.
const acquire = script(`
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
  return 0`);

const renew = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

const release = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`);

/**
 * Records in Redis, a hash each (`version`, `record`), by node-redis or ioredis. Every change is one script, so the
 * compare-and-set is atomic; the keys of a grant share a hash slot, so a cluster serves it. The server must not evict keys
 * without a time to live: any maxmemory-policy but `allkeys-*`.
 *
 * `lock` is SET NX PX with a random owner, renewed at every third of `lockMs` while it is held. It only saves waiting: the
 * compare-and-set protects the record, also from a holder whose lock another process took over.
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
export function openRedisStore(client, options = {}, timers) {
  const redis = adapt(client);
  knownMembers("redisStore", options, ["prefix", "lockMs"]);
  // Its default would be that of another application.
  given("redisStore: ", options, ["prefix"]);
  const { prefix = "grantkit:", lockMs = 30_000 } = options;
  if (typeof prefix !== "string" || !Number.isSafeInteger(lockMs) || lockMs <= 0) {
    throw new OAuthError(
      "invalid_configuration",
      "an option of redisStore has a wrong value: pass a string as prefix, and a whole number of milliseconds above 0 as lockMs",
    );
  }
  const inTurn = keyedQueue();
  /** Owners whose lock could not be released, by the name of the lock. @type {Map<string, string>} */
  const kept = new Map();

  /** Braces make a hash tag (Redis Cluster), so the text between them may have none. @param {string} key */
  const names = (key) => {
    const record = `${prefix}{${encodeURIComponent(key)}}`;
    return { record, lock: `${record}:lock` };
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
      return on("saving", key, async () => (await save(redis, [names(key).record], values)) === 1);
    },

    async delete(key) {
      checkKey(key);
      await on("deleting", key, () => remove(redis, [names(key).record], []));
    },

    async lock(key, run) {
      checkKey(key);
      const { lock } = names(key);
      const owner = crypto.randomUUID();
      const acquiring = async () => (await acquire(redis, [lock], [owner, String(lockMs)])) === 1;
      /** @type {import("./lease.js").Lease<string>} */
      const lease = {
        name: `Redis: the lock ${lock}`,
        leaseMs: lockMs,
        acquire: async () => ((await on("locking", key, acquiring)) ? owner : undefined),
        renew: async (owner) => (await renew(redis, [lock], [owner, String(lockMs)])) === 1,
        release: async (owner) => void (await release(redis, [lock], [owner])),
      };
      return inTurn(key, () => underLease(lease, timers, kept, run));
    },
  };
}
