import { CodeChallengeMethod, generateCodeVerifier, generateState, OAuth2Client } from "arctic";
import { CLIENT, metadata, SCOPE } from "../world.mjs";

/** Its fetch is the runtime's, always. @type {import("./contender.mjs").Make} */
export function arctic({ origin }) {
  const { issuer, authorization_endpoint, token_endpoint } = metadata(origin);
  const client = new OAuth2Client(CLIENT.client_id, CLIENT.client_secret, CLIENT.redirect_uri);

  /** What its documentation has the application do. @param {string} callback @param {string} kept */
  const check = (callback, kept) => {
    const { searchParams } = new URL(callback);
    const error = searchParams.get("error");
    if (error !== null) throw new Error(error);
    const code = searchParams.get("code");
    const state = searchParams.get("state");
    if (code === null || state === null || state !== kept) throw new Error("the callback is of another attempt");
    if (searchParams.get("iss") !== issuer) throw new Error("the callback is of another server");
    return code;
  };

  return {
    name: "arctic",
    isLibrary: true,
    authorize() {
      const state = generateState();
      const code_verifier = generateCodeVerifier();
      const method = CodeChallengeMethod.S256;
      const url = client.createAuthorizationURLWithPKCE(authorization_endpoint, state, method, code_verifier, SCOPE);
      return { url: url.href, state, code_verifier };
    },
    check: (callback, { state }) => check(callback, state),
    exchange: (code) => client.validateAuthorizationCode(token_endpoint, code, null),
    refresh: (refresh_token) => client.refreshAccessToken(token_endpoint, refresh_token, []),
    async grant(callback, { state, code_verifier }) {
      return client.validateAuthorizationCode(token_endpoint, check(callback, state), code_verifier);
    },
    codeOf: String,
    tokensOf: (tokens) => ({ access_token: tokens.accessToken(), refresh_token: tokens.refreshToken() }),
  };
}
