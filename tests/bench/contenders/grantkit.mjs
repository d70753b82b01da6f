import { OAuthClient } from "grantkit";
import { CLIENT, metadata, SCOPE } from "../world.mjs";

/** @typedef {import("grantkit").Pending} Pending */

/** @type {import("./contender.mjs").Make} */
export function grantkit({ origin, fetch }) {
  // As oauth4webapi, openid-client and the code by hand authenticate, and as Zoho is asked.
  const token_endpoint_auth_method = "client_secret_post";
  const client = new OAuthClient({
    server: metadata(origin),
    ...CLIENT,
    token_endpoint_auth_method,
    ...(fetch && { fetch }),
  });
  return {
    name: "grantkit",
    authorize: () => client.authorizationRequest({ scope: SCOPE }),
    check: (callback, kept) => client.validateAuthorizationResponse(callback, /** @type {Pending} */ (kept)),
    exchange: (code) => client.exchangeCode(code),
    refresh: (refresh_token) => client.refreshTokenGrant({ access_token: "", token_type: "Bearer", refresh_token }),
    grant: (callback, kept) => client.authorizationCodeGrant(callback, /** @type {Pending} */ (kept)),
    codeOf: ({ code }) => code,
    tokensOf: (tokens) => tokens,
  };
}
