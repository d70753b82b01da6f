import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The policy of a strict page: scripts of its own origin, WebAssembly, requests to its own origin. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/**
 * A handler that serves files to GET requests.
 *
 * @param {Record<string, string>} folders by the URL prefix under which they are served
 * @param {string} policy the Content-Security-Policy
 * @returns {import("./loopback.mjs").Handler}
 */
export function files(folders, policy) {
  return async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const found = Object.entries(folders).find(([prefix]) => path.startsWith(prefix));
    if (request.method !== "GET" || !found) return false;
    const [prefix, folder] = found;
    const name = join(folder, path.slice(prefix.length) || "index.html");
    const contents = await readFile(name).catch(() => undefined);
    if (!contents) return false;
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
    });
    response.end(contents);
    return true;
  };
}

/**
 * A handler that proxies Zoho's paths to the fake, so that a page reaches it at its own origin: Zoho's token endpoint is
 * not known to support CORS. The handler replaces the fake's API origin in a response by the page's.
 *
 * @param {() => import("../../scenario/setup.mjs").Served} served
 * @returns {import("./loopback.mjs").Handler}
 */
export function proxyToFake(served) {
  return async (request, response) => {
    const { accounts, api, hostile: pageOrigin } = served();
    const path = request.url ?? "/";
    const origin = path.startsWith("/oauth/") ? accounts.us : path.startsWith("/crm/") ? api.us : undefined;
    if (!origin) return false;
    const body = Buffer.concat(await request.toArray());
    const { authorization = "", "content-type": type = "" } = request.headers;
    const proxied = await fetch(origin + path, {
      method: request.method ?? "GET",
      headers: { ...(authorization && { authorization }), ...(type && { "content-type": type }) },
      body: body.length > 0 ? body : null,
    });
    response.writeHead(proxied.status, { "content-type": proxied.headers.get("content-type") ?? "" });
    response.end((await proxied.text()).replaceAll(api.us ?? "", pageOrigin));
    return true;
  };
}
