// Reads the vectors of this folder in JavaScript; main.rs reads the same rows.

import { readdirSync, readFileSync } from "node:fs";

/** @typedef {import("grantkit").TokenSet} TokenSet */
/** @typedef {import("grantkit").Pending} Pending */

/**
 * The members of a row; each kind of row has some of them.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} client one of clients.json
 * @property {"authorization_code" | "code" | "refresh_token" | "revoke"} exchange
 * @property {TokenSet} [earlier]
 * @property {string} [scope]
 * @property {string} [code]
 * @property {import("grantkit").ZohoLocation} [location]
 * @property {string} [callback]
 * @property {string} [query]
 * @property {Partial<Pending>} [pending]
 * @property {"refresh_token" | "access_token"} [token]
 * @property {number} status
 * @property {string} [retry_after]
 * @property {string} [body]
 * @property {string} [body_hex] a body that is not text
 * @property {any} [config]
 * @property {any} [options]
 * @property {string} [url]
 * @property {"revoked" | "unknown"} [outcome]
 * @property {Record<string, unknown>} [tokens]
 * @property {{ code: string, accounts_server?: string }} [response]
 * @property {Sent} [request]
 * @property {Sent[]} [requests]
 * @property {Record<string, unknown>} [error]
 */

/** @typedef {{ url: string, authorization?: string, body: string }} Sent */

/**
 * A client, the Pending of an attempt, its callback, and tokens as a store returns them.
 *
 * @typedef {{ config: any, pending: Pending, callback: string, code: string, tokens: TokenSet }} Fixture
 */

/** @param {string} path */
export function read(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

/** The rows of a file; the file's members are the defaults of each row. @param {string} path @returns {Row[]} */
export function rowsOf(path) {
  const { rows, about, ...shared } = read(path);
  return rows.map((/** @type {Row} */ row) => ({ ...shared, ...row }));
}

/** The files of a folder. @param {string} folder */
export function filesOf(folder) {
  return readdirSync(new URL(`${folder}/`, import.meta.url)).map((name) => `${folder}/${name}`);
}

/** @type {{ now: number, clients: Record<string, Fixture> }} */
const { now, clients } = read("clients.json");

/** The time of every vector, in seconds since the epoch. */
export const NOW = now;

/** @param {string} name */
export function fixture(name) {
  const found = clients[name];
  if (!found) throw new Error(`no client ${name}`);
  return found;
}

/** The URL of a callback row. @param {Row} row */
export function callbackOf({ client, query, callback, pending }) {
  const { redirect_uri } = { ...fixture(client).pending, ...pending };
  return query === undefined ? `${callback}` : `${redirect_uri}?${query}`;
}

/** The response of a row as fetch returns it. @param {Pick<Row, "status" | "body" | "body_hex" | "retry_after">} row */
export function responseOf({ status, body = "", body_hex, retry_after }) {
  const bytes = body_hex === undefined ? Buffer.from(body) : Buffer.from(body_hex, "hex");
  const headers = new Headers({ "content-type": "application/json" });
  if (retry_after !== undefined) headers.set("retry-after", retry_after);
  // In a browser, a redirect that is not followed is such a Response, which no constructor creates.
  if (status === 0) return /** @type {Response} */ ({ type: "opaqueredirect", status, headers, body: null });
  return new Response(bytes.length > 0 ? bytes : null, { status, headers });
}
