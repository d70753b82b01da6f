import type { TokenStore } from "./index.js";
export function redisStore(redis: unknown, options?: {
    prefix?: string;
    lockMs?: number;
}): TokenStore;
