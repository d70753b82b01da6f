import { once } from "node:events";

const DEFAULT_PORT = 8787;
/** How many ports after the wanted one are tried. */
const TRIES = 20;

/** The port that PORT names, else the default; 0 lets the system choose. */
export function wantedPort() {
  const { PORT } = process.env;
  const port = PORT ? Number(PORT) : DEFAULT_PORT;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  console.error(`PORT has to be a number from 0 to 65535, and is ${JSON.stringify(PORT)}.`);
  process.exit(2);
}

/**
 * Listens on loopback, at the wanted port or the next that is free.
 *
 * @param {import("node:http").Server} server
 * @param {number} wanted
 * @returns {Promise<string>} the origin
 */
export async function listen(server, wanted) {
  for (let port = wanted; ; port += 1) {
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      const { port: found } = /** @type {import("node:net").AddressInfo} */ (server.address());
      return `http://127.0.0.1:${found}`;
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== "EADDRINUSE" || port === wanted + TRIES || port === 65_535) throw error;
      console.log(`Port ${port} is busy, trying ${port + 1}.`);
    }
  }
}
