// Why a WebAssembly module cannot be loaded, and what to do about it in this runtime.

import { OAuthError } from "./errors.js";

/**
 * What errors look like, the first that matches: the reason, and the next step. FILE and ENTRY stand for names. Bundlers may
 * leave a script without an address, so that the file beside it has no URL.
 *
 * @type {[pattern: RegExp, reason: string, next: string][]}
 */
const REASONS = [
  [/^none/, "this runtime has no WebAssembly, as React Native has none", "call grantkit on a server"],
  [
    /by embedder/,
    "this runtime compiles no bytes, as Workers do not",
    "import ENTRY, and build with a tool that ships .wasm files as modules, as Wrangler does",
  ],
  [
    /unsafe-eval|\bCSP\b|content.security.policy/i,
    "the page's Content-Security-Policy forbids it",
    "add 'wasm-unsafe-eval' to its script-src",
  ],
  [
    /^(?:ENOENT|ERR_INVALID_)|(?:Invalid|valid|as a) URL|^\w+: no response for (?!http)/,
    "FILE is not beside the code, as after esbuild for Lambda, bun --compile, a Node SEA, or a build with grantkit in devDependencies",
    "import ENTRY/inline, or leave grantkit out of the bundle and have it in dependencies",
  ],
  [
    /: no response for/,
    "the request for FILE failed",
    "check the network and the connect-src of the page's Content-Security-Policy, then try again, or import ENTRY/inline",
  ],
  [
    /^/,
    "what was loaded is not FILE (see `cause`)",
    "serve it beside the package's code as application/wasm, or import ENTRY/inline",
  ],
];

/** A request without a response, or with one that says to come again. */
const TRANSIENT = /^Error: (?:no response for http|HTTP (?:408|429|5))/;

/** @param {string} file @param {string} entry that loads it @param {any} cause */
export function moduleUnavailable(file, entry, cause) {
  const found =
    typeof WebAssembly === "undefined" ? "none" : `${cause?.code ?? cause?.name}: ${cause?.message ?? cause}`;
  const [, reason, next] = /** @type {typeof REASONS[0]} */ (REASONS.find(([pattern]) => pattern.test(found)));
  const message = `the WebAssembly module cannot be loaded, because ${reason}: ${next}`;
  return new OAuthError("module_unavailable", message.replace("FILE", file).replace("ENTRY", entry), {
    retryable: TRANSIENT.test(found),
    cause,
  });
}
