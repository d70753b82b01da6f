import { createServer } from "node:http";
import { createInterface } from "node:readline";

/** @typedef {import("node:http").RequestListener} RequestListener */
/** @typedef {import("./start.mjs").Registration} Registration */

/**
 * The server's side of start.mjs: reads the registered clients from the first line of standard input, listens on a free
 * loopback port, prints its origin, and ends when standard input does, so that no server outlives its tests.
 *
 * @param {(origin: string, clients: Registration[]) => RequestListener | Promise<RequestListener>} build
 */
export async function listen(build) {
  const lines = createInterface({ input: process.stdin });
  lines.on("close", () => process.exit());
  const clients = await new Promise((resolve) => lines.once("line", (line) => resolve(JSON.parse(line))));

  /** @type {import("./start.mjs").Seen[]} */
  const seen = [];
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  const listener = await build(origin, clients);
  server.on("request", (request, response) => {
    if (request.url === "/requests") return void response.end(JSON.stringify(seen));
    const scheme = request.headers.authorization?.split(" ", 1)[0] ?? null;
    seen.push({ method: request.method ?? "", url: request.url ?? "", scheme });
    listener(request, response);
  });
  process.stdout.write(`listening ${origin}\n`);
}
