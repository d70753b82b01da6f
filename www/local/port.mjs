import { once } from "node:events";
import { createServer } from "node:net";

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
 * A port of loopback that is free: the wanted one, or the next that is.
 *
 * @param {number} wanted 0 for any
 * @param {(line: string) => void} [tell] of a port that is busy
 */
export async function freePort(wanted, tell = () => {}) {
  for (let port = wanted; ; port += 1) {
    const server = createServer();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      const { port: found } = /** @type {import("node:net").AddressInfo} */ (server.address());
      await new Promise((resolve) => server.close(resolve));
      return found;
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== "EADDRINUSE" || port === wanted + TRIES || port === 65_535) throw error;
      tell(`Port ${port} is busy, trying ${port + 1}.`);
    }
  }
}
