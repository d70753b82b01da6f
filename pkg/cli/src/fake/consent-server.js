// The fake Zoho's consent page for a real browser: on loopback, since the fake has no address.

import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

/**
 * Serves the page of an authorization URL.
 *
 * @param {{ fetch: (url: string, init: RequestInit) => Promise<Response> }} world
 * @param {string} authorizationUrl
 */
export async function serveConsent(world, authorizationUrl) {
  const { origin, pathname, search } = new URL(authorizationUrl);
  const server = createServer((request, response) => {
    pass(request, response, origin, world).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}${pathname}${search}`,
    /** @returns {Promise<void>} */
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {string} origin of the accounts server that is asked
 * @param {{ fetch: (url: string, init: RequestInit) => Promise<Response> }} world
 */
async function pass(request, response, origin, world) {
  const { method = "GET", url = "/", headers } = request;
  const body = await buffer(request);
  const answer = await world.fetch(`${origin}${url}`, {
    method,
    headers: { "content-type": headers["content-type"] ?? "" },
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), connection: "close" });
  response.end(Buffer.from(await answer.arrayBuffer()));
}
