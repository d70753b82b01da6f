export { redisStore } from "./stores/redis.js";
