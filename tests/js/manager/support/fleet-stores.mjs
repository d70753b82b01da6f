// The stores that processes share, opened by what can be written on a command line. Clients are loaded when needed: each
// takes longer to load than a process of a test has to live.
import { fileStore } from "grantkit/node";
import { redisStore } from "grantkit/redis";

/** @typedef {{ path: string } | { client: "node-redis" | "ioredis", port: number, lockMs?: number }} Place */

/** @param {Place} place @returns {Promise<{ store: import("grantkit").TokenStore, close: () => Promise<void> }>} */
export async function openStore(place) {
  if ("path" in place) return { store: fileStore(place.path), close: async () => {} };
  const { client, port, ...options } = place;
  if (client === "ioredis") {
    const { Redis } = await import("ioredis");
    const redis = new Redis({ host: "127.0.0.1", port });
    return { store: redisStore(redis, options), close: async () => redis.disconnect() };
  }
  const { createClient } = await import("redis");
  const redis = await createClient({ socket: { host: "127.0.0.1", port } }).connect();
  return { store: redisStore(redis, options), close: () => redis.close() };
}
