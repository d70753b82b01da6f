// The page that the browser shows at the end of a login.

import { createHash } from "node:crypto";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto 0;padding:0 1rem;color:#1f2933;background:#fff}" +
  "h1{font-size:1.3rem}@media(prefers-color-scheme:dark){body{color:#e4e7eb;background:#1f2933}}";

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Of every response: it is not cached or framed, and sends no referrer. */
export const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  connection: "close",
};

/** Both texts are constants: nothing of a request may be put here unescaped. @param {string} title @param {string} text */
export function page(title, text) {
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>` +
    `<style>${STYLE}</style></head>\n<body><main><h1>${title}</h1><p>${text}</p></main></body></html>\n`
  );
}
