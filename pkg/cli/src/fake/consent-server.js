// Serves the fake Zoho's consent page on loopback, so that a real browser can open it.

import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

/**
 * Serves the page of an authorization URL.
 *
 * @param {{ fetch: (url: string, init: RequestInit) => Promise<Response> }} fake
 * @param {string} authorizationUrl
 */
export async function serveConsent(fake, authorizationUrl) {
  const { origin, pathname, search } = new URL(authorizationUrl);
  const server = createServer((request, response) => {
    forward(request, response, origin, fake).catch(() => response.destroy());
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
 * @param {string} origin of the accounts server
 * @param {{ fetch: (url: string, init: RequestInit) => Promise<Response> }} fake
 */
async function forward(request, response, origin, fake) {
  const { method = "GET", url = "/", headers } = request;
  const body = await buffer(request);
  const page = await fake.fetch(`${origin}${url}`, {
    method,
    headers: { "content-type": headers["content-type"] ?? "" },
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  response.writeHead(page.status, { ...Object.fromEntries(page.headers), connection: "close" });
  response.end(Buffer.from(await page.arrayBuffer()));
}
