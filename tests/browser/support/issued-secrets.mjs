import { ServerResponse } from "node:http";

/**
 * Learns what the fake Zoho hands out, which its log does not tell: its servers are in this process, so their answers
 * are read as they go.
 */
export function overhear() {
  /** @type {Set<string>} */
  const secrets = new Set();
  const { end, writeHead } = ServerResponse.prototype;

  /** @param {unknown} text */
  const read = (text) => {
    for (const [token] of `${text}`.matchAll(/\b1000\.[0-9a-f]{32}\.[0-9a-f]{32}\b/g)) secrets.add(token);
  };

  Object.assign(ServerResponse.prototype, {
    /** @this {ServerResponse} @param {any[]} all */
    writeHead(...all) {
      read(all.flat());
      return writeHead.apply(this, /** @type {any} */ (all));
    },
    /** @this {ServerResponse} @param {any[]} all */
    end(...all) {
      if (all[0] instanceof Uint8Array) read(Buffer.from(all[0]));
      return end.apply(this, /** @type {any} */ (all));
    },
  });

  return {
    /** Codes, access tokens and refresh tokens. */
    secrets,
    end: () => Object.assign(ServerResponse.prototype, { end, writeHead }),
  };
}
