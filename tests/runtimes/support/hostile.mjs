import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/**
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 */

const JSON_TYPE = { "content-type": "application/json" };
const SPACES = Buffer.alloc(65_536, " ");

/** Sends a body without an end until the client closes the connection. @param {import("node:stream").Writable[]} sinks */
async function pour(...sinks) {
  const source = Readable.from(
    (function* () {
      for (;;) yield SPACES;
    })(),
  );
  await pipeline([source, ...sinks]).catch(() => {});
}

/**
 * Token endpoints by path: one that is valid, and those that misbehave.
 *
 * @type {Record<string, (response: ServerResponse, request: IncomingMessage, body: string) => unknown>}
 */
const ENDPOINTS = {
  good(response, request, body) {
    const seen = { grant_type: new URLSearchParams(body).get("grant_type"), method: request.method, url: request.url };
    const tokens = { access_token: "at.good", token_type: "Bearer", expires_in: 60, scope: "read write", seen };
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(tokens));
  },
  "stall-headers"() {},
  "stall-body": (response) => response.writeHead(200, JSON_TYPE).write('{"access_token":'),
  "reset-headers": (response) => response.socket?.resetAndDestroy(),
  "reset-body"(response) {
    response.writeHead(200, JSON_TYPE).write('{"access_token":', () => response.socket?.resetAndDestroy());
  },
  truncated(response) {
    response.writeHead(200, { ...JSON_TYPE, "content-length": 500 });
    response.write('{"access_token":"at.truncated","token_type":"Bearer"', () => response.socket?.end());
  },
  redirect: (response) => response.writeHead(307, { location: "/good" }).end(),
  "html-500"(response) {
    response.writeHead(500, { "content-type": "text/html" }).end("<!doctype html><title>Sorry</title>");
  },
  throttle(response) {
    response.writeHead(429, { ...JSON_TYPE, "retry-after": "17" }).end('{"error":"slow_down"}');
  },
  endless: (response) => pour(response.writeHead(200, JSON_TYPE)),
  "gzip-bomb"(response) {
    return pour(createGzip(), response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }));
  },
  "not-gzip": (response) =>
    response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }).end("not gzip at all"),
};

/** A handler of those paths, and of `/reached` + path, which responds once that path with its query was requested. */
export function hostile() {
  const arrivals = new EventEmitter();
  /** @type {Set<string>} */
  const arrived = new Set();

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   * @returns {Promise<boolean>} whether the path was one of these
   */
  return async function handle(request, response) {
    const url = request.url ?? "";
    if (url.startsWith("/reached/")) {
      while (!arrived.has(url.slice("/reached".length))) await once(arrivals, "arrival");
      response.writeHead(200).end("reached");
      return true;
    }
    const endpoint = ENDPOINTS[new URL(url, "http://localhost").pathname.slice(1)];
    if (!endpoint) return false;
    const body = Buffer.concat(await request.toArray()).toString();
    arrived.add(url);
    arrivals.emit("arrival");
    await endpoint(response, request, body);
    return true;
  };
}
