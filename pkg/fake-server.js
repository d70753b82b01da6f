// The fake Zoho over real HTTP on loopback, in runtimes that have node:http.

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OAuthError } from "./errors.js";
import { endless, half } from "./fake-transport.js";

/** @typedef {typeof import("./index.js").zohoRegions} Regions */
/** @typedef {import("./fake-zoho.js").Handle} Handle */
/** @typedef {import("node:http").Server} Server */
/** @typedef {Record<import("./index.js").ZohoLocation, string>} Origins */

/**
 * Starts a server for each host of each data centre. The first server listens on `port`, the others on the ports after it;
 * with 0 the system chooses all ports.
 *
 * @param {Regions} regions
 * @param {number} port
 * @param {Handle} handle gets the URLs of the real hosts
 */
export async function serve(regions, port, handle) {
  /** @type {Server[]} */
  const servers = [];
  const close = async () => {
    await Promise.all(servers.map(end));
  };
  /** @type {Record<string, string>[]} */
  const [accounts = {}, api = {}] = [{}, {}];
  try {
    for (const { location, accounts_server, api_domains } of regions) {
      accounts[location] = await start(accounts_server);
      api[location] = await start(api_domains[0] ?? "");
    }
  } catch (cause) {
    await close();
    const message = "the fake cannot listen on loopback: pass another port, or none";
    throw new OAuthError("network", message, { retryable: true, cause });
  }
  return { accounts: /** @type {Origins} */ (accounts), api: /** @type {Origins} */ (api), close };

  /** @param {string} origin of the real host */
  async function start(origin) {
    const server = createServer((request, response) => {
      respond(request, response, origin, handle).catch((error) => response.destroy(error));
    });
    const own = port === 0 ? 0 : port + servers.length;
    await new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(own, "127.0.0.1", () => resolve(undefined));
    });
    servers.push(server);
    return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  }
}

/** @param {Server} server */
function end(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {string} origin
 * @param {Handle} handle
 */
async function respond(request, response, origin, handle) {
  const sent = Buffer.concat(await request.toArray());
  const headers = Object.entries(request.headers).map(([name, value]) => /** @type {const} */ ([name, String(value)]));
  const reply = handle(
    request.method ?? "GET",
    origin + request.url,
    /** @type {[string, string][]} */ (headers),
    sent,
  );
  const { status, body, fault } = reply;
  if (fault === "reset") return void request.socket.resetAndDestroy();
  if (fault === "slow") return;
  response.writeHead(status, reply.headers.flat());
  if (fault === "stall") return void response.write(half(body));
  if (fault === "endless") return pipeline(Readable.from(endless(body)), response).catch(() => {});
  response.end(body);
}
