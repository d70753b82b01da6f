import { CLIENT, metadata, SCOPE } from "../fixture.mjs";

/** @typedef {import("grantkit").Pending} Pending */
/** @typedef {Pick<typeof import("grantkit"), "OAuthClient">} Library */

export const TODAY = "grantkit";
export const BEFORE = "grantkit (before)";

/**
 * The library is an argument, so that one file serves today's package and an older one. It takes a class and not the
 * namespace, so that a bundler can drop the rest.
 *
 * @param {Library} library
 * @returns {import("./contender.mjs").Make}
 */
export function grantkit(library) {
  return (setting) => ({ ...contender(library, setting), name: TODAY });
}

/** @param {Library} library @returns {import("./contender.mjs").Make} */
export function grantkitBefore(library) {
  return (setting) => ({ ...contender(library, setting), name: BEFORE, pairOf: TODAY });
}

/** @param {Library} library @param {import("./contender.mjs").Setting} setting */
function contender({ OAuthClient }, { origin, fetch }) {
  // The method that oauth4webapi, openid-client and the code by hand use here, and that Zoho documents.
  const token_endpoint_auth_method = "client_secret_post";
  const client = new OAuthClient({
    server: metadata(origin),
    ...CLIENT,
    token_endpoint_auth_method,
    ...(fetch && { fetch }),
  });
  /** @type {Omit<import("./contender.mjs").Contender, "name">} */
  const methods = {
    authorize: () => client.authorizationRequest({ scope: SCOPE }),
    check: (callback, session) => client.validateAuthorizationResponse(callback, /** @type {Pending} */ (session)),
    exchange: (code) => client.exchangeCode(code),
    refresh: (refresh_token) => client.refreshTokenGrant({ access_token: "", token_type: "Bearer", refresh_token }),
    grant: (callback, session) => client.authorizationCodeGrant(callback, /** @type {Pending} */ (session)),
    codeOf: ({ code }) => code,
    tokensOf: (tokens) => tokens,
  };
  return methods;
}
