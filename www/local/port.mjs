import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const DEFAULT_PORT = 8787;
/** How many ports after the first are tried. */
const TRIES = 20;

/** The port that PORT names, else the default; 0 for any. */
export function wantedPort() {
  const { PORT } = process.env;
  const port = PORT ? Number(PORT) : DEFAULT_PORT;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  console.error(`PORT has to be a number from 0 to 65535, and is ${JSON.stringify(PORT)}.`);
  process.exit(2);
}

/** Where any port is looked for: below those that systems give to outgoing connections, which take one at any moment. */
const ANY = { from: 10_240, to: 32_768 };

/**
 * A port of loopback that is free: the wanted one, or the next that is.
 *
 * @param {number} [wanted] 0, the default, for any
 * @param {(line: string) => void} [tell] of a port that is busy
 */
export async function freePort(wanted = 0, tell = () => {}) {
  for (let tries = 0; ; tries += 1) {
    const port = wanted ? wanted + tries : randomInt(ANY.from, ANY.to);
    const server = createServer();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      await new Promise((resolve) => server.close(resolve));
      return port;
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== "EADDRINUSE" || tries === TRIES || port === 65_535) throw error;
      if (wanted) tell(`Port ${port} is busy, trying ${port + 1}.`);
    }
  }
}
