/** For processes that share a Redis.
 *
 *  @module grantkit/redis
 */

import type { TokenStore } from "./index.js";

/** Records in Redis, by a connected client of node-redis or ioredis. Compare-and-set is one Lua script. A lock expires
 *  after `lockMs` (default 30 000) and is renewed while it is held. It only saves waiting: the compare-and-set protects the
 *  record. Names begin with `prefix` (default "grantkit:"). The server must not evict keys that have no
 *  time to live (any maxmemory-policy but `allkeys-*`). */
export function redisStore(redis: unknown, options?: { prefix?: string; lockMs?: number }): TokenStore;
