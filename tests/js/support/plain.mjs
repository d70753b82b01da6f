// A client of a plain server, answered by one function.

import assert from "node:assert/strict";
import { OAuthClient, OAuthError } from "grantkit";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** @typedef {(url: string, init: RequestInit) => unknown} Answer what stands in for fetch, whatever it gives back */

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

/** @param {Answer} answer @param {Partial<ClientConfig>} [changes] */
export function plain(answer, changes) {
  return new OAuthClient({ ...CONFIG, fetch: /** @type {any} */ (answer), ...changes });
}

/** The answer of a server that takes everything. @param {Record<string, unknown>} [members] */
export const good = (members) => Response.json({ access_token: "at.new.55d0", token_type: "Bearer", ...members });

/**
 * The OAuthError that a call rejects with, its members those expected.
 *
 * @param {Promise<unknown>} call
 * @param {{ [Name in keyof OAuthError]?: OAuthError[Name] | undefined }} expected
 * @returns {Promise<OAuthError>}
 */
export async function refused(call, expected) {
  const error = await call.then(
    (value) => assert.fail(`resolved to ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  assert.ok(error instanceof OAuthError, `not an OAuthError: ${error}`);
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(error, name)]));
  assert.deepEqual(seen, expected, error.message);
  return error;
}

/** Lets everything run that waits for nothing. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Loads the module, so that a call that follows reaches fetch without waiting. */
export const ready = () => plain(() => good()).refreshTokenGrant(TOKENS);
