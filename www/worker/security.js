// What every answer says to the browser, and which requests may change something.

import { HttpError } from "./http-error.js";

/** Nothing inline, nothing from elsewhere; WebAssembly may be compiled, since the page runs grantkit too. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const A_YEAR = 31_536_000;

/**
 * The answer with the headers of every answer.
 *
 * @param {Response} answer
 * @param {string} [origin] of this Worker
 */
export function secured(answer, origin) {
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  if (origin?.startsWith("https://")) headers.set("strict-transport-security", `max-age=${A_YEAR}`);
  const { status, statusText, body } = answer;
  return new Response(body, { status, statusText, headers });
}

/**
 * Lets only this Worker's own page change something. Browsers send Origin with every POST, and no page can forge it.
 *
 * @param {Headers} headers
 * @param {string} origin
 */
export function requireOwnOrigin(headers, origin) {
  const sent = headers.get("origin");
  const isOwn = sent === null ? headers.get("sec-fetch-site") === "same-origin" : sent === origin;
  if (isOwn) return;
  throw new HttpError(403, "forbidden_origin", `only the page at ${origin} may do this: open it, and try there`);
}

/**
 * Lets no other site begin an attempt for a browser. Those who came by a link or typed the address may.
 *
 * @param {Headers} headers
 * @param {string} origin
 */
export function refuseOtherSites(headers, origin) {
  if (["same-origin", "none", null].includes(headers.get("sec-fetch-site"))) return;
  throw new HttpError(403, "forbidden_origin", `another site led here: begin at ${origin}/`);
}
