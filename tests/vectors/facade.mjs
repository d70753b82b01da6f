// A row through the package's public API.

import { inspect } from "node:util";
import { OAuthClient, OAuthError } from "grantkit";
import { fixture, NOW } from "./rows.mjs";

/** @typedef {import("./rows.mjs").Row} Row */
/** @typedef {import("./rows.mjs").Sent} Sent */

/**
 * A client of a row's configuration, and the requests that it sent.
 *
 * @param {unknown} config
 * @param {() => Response} respond
 */
export function clientOf(config, respond) {
  /** @type {Sent[]} */
  const sent = [];
  const client = new OAuthClient({
    .../** @type {import("grantkit").ClientConfig} */ (config),
    clock: () => NOW * 1000,
    fetch: async (url, { headers, body }) => {
      const authorization = new Headers(headers).get("authorization");
      sent.push({ url, ...(authorization && { authorization }), body: `${body}` });
      return respond();
    },
  });
  return { client, sent };
}

/** The call that a row is about. @param {OAuthClient} client @param {Row} row */
export function exchange(client, row) {
  const { pending, callback, code, tokens } = fixture(row.client);
  switch (row.exchange) {
    case "authorization_code":
      return client.authorizationCodeGrant(row.callback ?? callback, pending);
    case "code":
      return client.exchangeCode(row.code ?? code, row.location ? { location: row.location } : {});
    case "refresh_token":
      return client.refreshTokenGrant(row.earlier ?? tokens, row.scope === undefined ? {} : { scope: row.scope });
    case "revoke":
      return client.revoke(row.earlier ?? tokens, row.token ? { token: row.token } : {});
  }
}

/**
 * The result of a call as plain data: its value, or the members of its error that a row can expect.
 *
 * @param {() => Promise<unknown>} call
 * @param {Row} row
 */
export async function outcome(call, row) {
  try {
    const value = await call();
    return { value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    assertNoSecret(error, secretsOf(row));
    return { error: view(error, row.error?.message !== undefined) };
  }
}

/** The members of an error; `retryable` only if it is true. @param {OAuthError} error @param {boolean} withMessage */
function view({ code, message, retryable, tokens, ...members }, withMessage) {
  return {
    code,
    ...(withMessage && { message }),
    ...(retryable && { retryable }),
    ...members,
    ...(tokens && { tokens: JSON.parse(JSON.stringify(tokens)) }),
  };
}

/** The secrets that no error may show. @param {Row} row */
function secretsOf({ client, config, earlier }) {
  const { client_secret } = config ?? fixture(client).config;
  const secrets = typeof client_secret === "string" ? [client_secret] : Object.values(client_secret ?? {});
  const { pending, code, tokens } = fixture(client ?? "rfc");
  return [...secrets, pending.code_verifier, code, tokens.refresh_token, earlier?.refresh_token].filter(Boolean);
}

/** @param {Error} error @param {string[]} secrets */
function assertNoSecret(error, secrets) {
  const texts = [
    String(error),
    error.stack ?? "",
    JSON.stringify(error),
    inspect(error, { depth: 10, showHidden: true }),
  ];
  for (const text of texts) {
    const shown = secrets.find((secret) => text.includes(secret));
    if (shown) throw new Error(`${shown} is shown: ${text}`);
  }
}
