import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * A client as a server registers it, by the names of RFC 7591.
 *
 * @typedef {object} Registration
 * @property {string} client_id
 * @property {string} [client_secret]
 * @property {"client_secret_post" | "client_secret_basic" | "none"} token_endpoint_auth_method
 * @property {string[]} redirect_uris
 * @property {string[]} grant_types
 */

/**
 * A request that a server received. `scheme` is the scheme of its Authorization header.
 *
 * @typedef {{ method: string, url: string, scheme: string | null }} Seen
 */

/** @typedef {Awaited<ReturnType<typeof start>>} Server */

/**
 * Runs a server's program, passes it the clients, and waits until it listens.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Registration[]} clients
 */
export async function start(command, args, clients) {
  const child = spawn(command, args);
  const ended = once(child, "close");
  // A command that cannot run rejects this promise before it is awaited.
  ended.catch(() => {});
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-4096);
  });
  // Writing to a program that ended at once fails; the error is reported below.
  child.stdin.on("error", () => {}).write(`${JSON.stringify(clients)}\n`);
  const origin = await listening();
  child.stdout.resume();

  async function listening() {
    for await (const line of createInterface({ input: child.stdout })) {
      const [, found] = /^listening (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
      if (found) return found;
    }
    await ended;
    throw new Error(`${args[0]} ended before it listened:\n${errors}`);
  }

  /** @returns {Promise<Seen[]>} */
  const requests = async () => (await fetch(`${origin}/requests`)).json();

  return {
    origin,

    /**
     * The requests that the server receives while `run` runs.
     *
     * @param {() => Promise<unknown>} run
     */
    async receivedDuring(run) {
      const { length } = await requests();
      await run();
      return (await requests()).slice(length);
    },

    async close() {
      child.kill();
      await ended;
    },
  };
}
