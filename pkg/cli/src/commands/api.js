// One call of the API with a fresh token.

import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { EXIT } from "../exit-codes.js";
import { usage } from "../failure.js";
import { plain } from "../output.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../context.js").Result} Result */

const BODILESS = ["GET", "HEAD"];
const METHODS = [...BODILESS, "POST", "PUT", "PATCH", "DELETE"];

/**
 * @param {Context} context
 * @param {{ data?: string, header: string[] }} options
 * @param {string} method
 * @param {string} path
 * @returns {Promise<Result>}
 */
export async function api(context, { data, header }, method, path) {
  const verb = method.toUpperCase();
  if (!METHODS.includes(verb))
    throw usage(`${JSON.stringify(method)} is not an HTTP method that can be sent: use one of ${METHODS.join(", ")}`);
  if (data !== undefined && BODILESS.includes(verb)) throw usage(`${verb} has no body: omit -d, or use POST`);
  const headers = headersOf(header);
  const body = data === undefined ? undefined : await bodyOf(data, context);
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const { manager } = await context.manager();
  const init = { method: verb, headers, signal: context.signal };
  const response = await manager.fetch(path, body === undefined ? init : { ...init, body });
  const { status } = response;
  const ok = status < 400;
  const exit = ok ? EXIT.ok : EXIT.http_status;
  if (context.options.json) return { facts: { status, body: await jsonBody(response) }, exit };
  if (context.output.stdout.isTTY) await context.output.print(await formatted(response));
  else await copyBody(response, context);
  if (!ok) context.output.note(`grantkit: http_status: the API responded with HTTP ${status}`);
  return { facts: {}, exit };
}

/** @param {string[]} lines */
function headersOf(lines) {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw usage('-H is not a header field: give -H "Name: value"');
    if (name.toLowerCase() === "authorization")
      throw usage("-H cannot set authorization, because the token of the grant is sent: omit that header");
    try {
      headers.append(name, value);
    } catch {
      throw usage(
        `the header ${JSON.stringify(name)} has characters that HTTP does not allow: correct its name or value`,
      );
    }
  }
  return headers;
}

/** The text itself, or the content of @FILE or, for @-, of stdin. @param {string} data @param {Context} context */
async function bodyOf(data, { stdin, signal }) {
  if (!data.startsWith("@")) return data;
  try {
    if (data !== "@-") return new Uint8Array(await readFile(data.slice(1), { signal }));
    const onAbort = () => stdin.destroy(new Error("interrupted"));
    signal.addEventListener("abort", onAbort, { once: true });
    return new Uint8Array(await buffer(stdin));
  } catch (cause) {
    const { code = "unknown error" } = /** @type {NodeJS.ErrnoException} */ (cause);
    throw usage(`${data.slice(1)} cannot be read (${code}): give -d the body itself, @FILE, or @- for stdin`);
  }
}

/** @param {Response} response */
function isJson({ headers }) {
  return /^application\/([\w.-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
}

/** The body for a terminal: JSON is indented, control characters are escaped. @param {Response} response */
async function formatted(response) {
  const text = await response.text();
  const shown = isJson(response) ? pretty(text) : text;
  return shown && `${plain(shown.replaceAll("\r\n", "\n")).replace(/\n$/, "")}\n`;
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** The body for --json: its value if it is JSON, else its text. @param {Response} response @returns {Promise<unknown>} */
async function jsonBody(response) {
  const text = await response.text();
  if (text === "") return null;
  try {
    return isJson(response) ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

/** Copies the body to stdout byte by byte, as it arrives. @param {Response} response @param {Context} context */
async function copyBody({ body }, { output }) {
  for await (const chunk of body ?? []) await output.print(chunk);
}
