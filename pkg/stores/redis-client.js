import { OAuthError } from "../errors.js";

/**
 * The commands that the store sends, for either kind of client.
 *
 * @typedef {object} Redis
 * @property {(key: string, field: string) => Promise<unknown>} hget
 * @property {(sha1: string, keys: string[], values: string[]) => Promise<unknown>} evalsha
 * @property {(script: string, keys: string[], values: string[]) => Promise<unknown>} eval
 */

/**
 * node-redis names commands in camel case and takes keys and arguments as an object. ioredis, and the clients that copy
 * it, name them in lower case and take a count and a list.
 *
 * @param {any} client
 * @returns {Redis}
 */
export function adapt(client) {
  if (typeof client?.evalSha === "function" && typeof client.hGet === "function") {
    return {
      hget: (key, field) => client.hGet(key, field),
      evalsha: (sha1, keys, values) => client.evalSha(sha1, { keys, arguments: values }),
      eval: (script, keys, values) => client.eval(script, { keys, arguments: values }),
    };
  }
  if (typeof client?.evalsha === "function" && typeof client.hget === "function") {
    return {
      hget: (key, field) => client.hget(key, field),
      evalsha: (sha1, keys, values) => client.evalsha(sha1, keys.length, ...keys, ...values),
      eval: (script, keys, values) => client.eval(script, keys.length, ...keys, ...values),
    };
  }
  throw new OAuthError(
    "invalid_configuration",
    "redisStore got no client of node-redis or ioredis: pass the connected client",
  );
}

/**
 * A script that returns an integer. It is called by its digest, and sent in full only if the server does not know it.
 *
 * @param {string} source
 */
export function script(source) {
  let sha1 = "";
  /**
   * @param {Redis} redis
   * @param {string[]} keys
   * @param {string[]} values
   */
  return async (redis, keys, values) => {
    sha1 ||= hex(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(source)));
    try {
      return Number(await redis.evalsha(sha1, keys, values));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return Number(await redis.eval(source, keys, values));
    }
  };
}

/** @param {ArrayBuffer} bytes */
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * The error of a client without the command. ioredis attaches the whole command to its errors, and Redis quotes the
 * arguments of a command that it does not know: both contain the record with its tokens.
 *
 * @param {unknown} error
 */
export function withoutArguments(error) {
  const { name, message, code } = /** @type {Error & { code?: unknown }} */ (
    error instanceof Error ? error : new Error(String(error))
  );
  // The error of a refused connection to a name with several addresses is an AggregateError without a message.
  const copy = new Error(message.split(", with args beginning with", 1)[0] || String(code ?? name));
  return Object.assign(copy, { name }, typeof code === "string" && { code });
}
