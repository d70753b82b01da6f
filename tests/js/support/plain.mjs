// A client of a plain server whose responses come from one function.

import assert from "node:assert/strict";
import { OAuthClient, OAuthError } from "grantkit";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** @typedef {(url: string, init: RequestInit) => unknown} Fetch a replacement of fetch that can return anything */

export const NOW = 1_800_000_000;
export const SECRET = "plain-secret-31c8";
export const TOKENS = { access_token: "at.stored.6c1f", token_type: "Bearer", refresh_token: "rt.stored.a20e" };
export const ENDPOINT = "https://as.example/token";

/** @param {string} origin */
export const metadata = (origin) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  revocation_endpoint: `${origin}/revoke`,
});

/** @type {ClientConfig} */
export const CONFIG = {
  server: metadata("https://as.example"),
  client_id: "plain",
  client_secret: SECRET,
  token_endpoint_auth_method: "client_secret_post",
  redirect_uri: "https://app.example/cb",
  clock: () => NOW * 1000,
};

/** @param {Fetch} fetch @param {Partial<ClientConfig>} [changes] */
export function plainClient(fetch, changes) {
  return new OAuthClient({ ...CONFIG, fetch: /** @type {any} */ (fetch), ...changes });
}

/** A successful token response. @param {Record<string, unknown>} [members] */
export const tokenResponse = (members) =>
  Response.json({ access_token: "at.new.55d0", token_type: "Bearer", ...members });

/**
 * Asserts that a call rejects with an OAuthError that has the expected members, and returns the error.
 *
 * @param {Promise<unknown>} call
 * @param {{ [Name in keyof OAuthError]?: OAuthError[Name] | undefined }} expected
 * @returns {Promise<OAuthError>}
 */
export async function rejects(call, expected) {
  const error = await call.then(
    (value) => assert.fail(`resolved to ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  assert.ok(error instanceof OAuthError, `not an OAuthError: ${error}`);
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(error, name)]));
  assert.deepEqual(seen, expected, error.message);
  return error;
}

/** Runs all pending work that waits for no timer. */
export const flushTasks = () => new Promise((resolve) => setImmediate(resolve));

/** Loads the WebAssembly module, so that the next call reaches fetch without waiting for it. */
export const loadModule = () => plainClient(() => tokenResponse()).refreshTokenGrant(TOKENS);
