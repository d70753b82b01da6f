import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const DEFAULT_PORT = 8787;
/** How many ports after the first one are tried. */
const TRIES = 20;
/** The range for any port. Systems use the ports above it for outgoing connections, which can take one at any time. */
const ANY = { from: 10_240, to: 32_768 };

/** The port in the variable PORT, or the default one; 0 stands for any. */
export function wantedPort() {
  const { PORT } = process.env;
  const port = PORT ? Number(PORT) : DEFAULT_PORT;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  console.error(`PORT is ${JSON.stringify(PORT)}: set it to a number from 0 to 65535.`);
  process.exit(2);
}

/**
 * A free port on loopback: the wanted one, or the next one that is free.
 *
 * @param {number} [wanted] 0, the default, for any
 * @param {(line: string) => void} [report] called for each busy port
 */
export async function freePort(wanted = 0, report = () => {}) {
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
      if (wanted) report(`Port ${port} is busy, trying ${port + 1}.`);
    }
  }
}
