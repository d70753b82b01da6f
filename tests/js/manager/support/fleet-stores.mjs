// The stores that processes share, opened from JSON. Redis clients are imported on demand, since an import takes longer
// than the work of a test's process.
import { fileStore } from "grantkit/node";
import { redisStore } from "grantkit/redis";

/** @typedef {{ path: string } | { client: "node-redis" | "ioredis", port: number, lockMs?: number }} StoreOptions */

/** @param {StoreOptions} storeOptions @returns {Promise<{ store: import("grantkit").TokenStore, close: () => Promise<void> }>} */
export async function openStore(storeOptions) {
  if ("path" in storeOptions) return { store: fileStore(storeOptions.path), close: async () => {} };
  const { client, port, ...options } = storeOptions;
  if (client === "ioredis") {
    const { Redis } = await import("ioredis");
    const redis = new Redis({ host: "127.0.0.1", port });
    return { store: redisStore(redis, options), close: async () => redis.disconnect() };
  }
  const { createClient } = await import("redis");
  const redis = await createClient({ socket: { host: "127.0.0.1", port } }).connect();
  return { store: redisStore(redis, options), close: () => redis.close() };
}
