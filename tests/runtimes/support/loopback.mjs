import { createServer } from "node:http";
import { CLIENT, FAKE, SCOPE } from "../../scenario/setup.mjs";
import { hostile } from "./hostile.mjs";

/**
 * @typedef {import("../../scenario/setup.mjs").Served} Served
 * @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => Promise<boolean>} Handler
 */

/**
 * @param {import("node:http").Server} server
 * @param {number} [port]
 * @returns {Promise<string>} its origin
 */
export async function listen(server, port = 0) {
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
}

/**
 * An origin whose port is closed. No system gives this port to a server that asks for any (Linux begins at 32768, others
 * at 49152), so that no test beside this one listens there.
 */
const CLOSED = "http://127.0.0.1:30021";

/**
 * Starts a fake Zoho and the misbehaving endpoints for one runtime; `handlers` come before those endpoints.
 *
 * @param {typeof import("grantkit/testing")} testing
 * @param {Handler[]} [handlers]
 */
export async function serve(testing, handlers = []) {
  const fake = await testing.fakeZoho(FAKE);
  const origins = await fake.listen();
  const chain = [...handlers, hostile()];
  /** @type {import("node:http").RequestListener} */
  const respond = async (request, response) => {
    for (const handle of chain) if (await handle(request, response)) return;
    response.writeHead(404).end();
  };
  const server = createServer((request, response) => {
    Promise.resolve(respond(request, response)).catch((error) => response.destroy(error));
  });
  /** @param {"us" | "eu"} location */
  const code = (location) => fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE, location });
  /** @type {Served} */
  const served = {
    accounts: origins.accounts,
    api: origins.api,
    codes: { us: code("us"), eu: code("eu") },
    hostile: await listen(server),
    closed: CLOSED,
  };
  return {
    fake,
    served,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await origins.close();
    },
  };
}
