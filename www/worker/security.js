// Security headers, and checks of where a request comes from.

import { HttpError } from "./http-error.js";

/** Only files of this origin, and nothing inline. WebAssembly may be compiled, because the page runs grantkit. */
const CONTENT_SECURITY_POLICY = [
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

const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const YEAR_SECONDS = 31_536_000;

/**
 * @param {Response} response
 * @param {string} [origin] of this Worker
 */
export function withSecurityHeaders(response, origin) {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
  if (origin?.startsWith("https://")) headers.set("strict-transport-security", `max-age=${YEAR_SECONDS}`);
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}

/**
 * Rejects a request that does not come from this Worker's own page. Browsers send Origin with every POST, and no page can
 * forge it.
 *
 * @param {Headers} headers
 * @param {string} origin
 */
export function requireOwnOrigin(headers, origin) {
  const sent = headers.get("origin");
  const isOwn = sent === null ? headers.get("sec-fetch-site") === "same-origin" : sent === origin;
  if (isOwn) return;
  throw new HttpError(403, "forbidden_origin", `only the page at ${origin} may send this request: use that page`);
}

/**
 * Rejects a navigation that another site started. A typed address or a bookmark is accepted.
 *
 * @param {Headers} headers
 * @param {string} origin
 */
export function rejectCrossSite(headers, origin) {
  if (["same-origin", "none", null].includes(headers.get("sec-fetch-site"))) return;
  throw new HttpError(403, "forbidden_origin", `another site started this login: start at ${origin}/`);
}
