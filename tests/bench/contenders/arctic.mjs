import { CodeChallengeMethod, generateCodeVerifier, generateState, OAuth2Client } from "arctic";
import { CLIENT, metadata, SCOPE } from "../fixture.mjs";

/** arctic always uses the fetch of the runtime. @type {import("./contender.mjs").Make} */
export function arctic({ origin }) {
  const { issuer, authorization_endpoint, token_endpoint } = metadata(origin);
  const client = new OAuth2Client(CLIENT.client_id, CLIENT.client_secret, CLIENT.redirect_uri);

  /** The check that its documentation tells the application to write. @param {string} callback @param {string} expected */
  const check = (callback, expected) => {
    const { searchParams } = new URL(callback);
    const error = searchParams.get("error");
    if (error !== null) throw new Error(error);
    const code = searchParams.get("code");
    const state = searchParams.get("state");
    if (code === null || state === null || state !== expected)
      throw new Error("the callback belongs to another authorization request");
    if (searchParams.get("iss") !== issuer) throw new Error("the callback comes from another server");
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
