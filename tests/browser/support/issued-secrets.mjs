import { ServerResponse } from "node:http";

/**
 * Collects the secrets that the fake Zoho issues, which its log omits. Its servers run in this process, so their
 * responses can be read here.
 */
export function captureIssuedSecrets() {
  /** @type {Set<string>} */
  const secrets = new Set();
  const { end, writeHead } = ServerResponse.prototype;

  /** @param {unknown} text */
  const capture = (text) => {
    for (const [token] of `${text}`.matchAll(/\b1000\.[0-9a-f]{32}\.[0-9a-f]{32}\b/g)) secrets.add(token);
  };

  Object.assign(ServerResponse.prototype, {
    /** @this {ServerResponse} @param {any[]} args */
    writeHead(...args) {
      capture(args.flat());
      return writeHead.apply(this, /** @type {any} */ (args));
    },
    /** @this {ServerResponse} @param {any[]} args */
    end(...args) {
      if (args[0] instanceof Uint8Array) capture(Buffer.from(args[0]));
      return end.apply(this, /** @type {any} */ (args));
    },
  });

  return {
    /** The codes, access tokens and refresh tokens. */
    secrets,
    stop: () => Object.assign(ServerResponse.prototype, { end, writeHead }),
  };
}
