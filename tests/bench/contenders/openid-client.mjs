import * as openid from "openid-client";
import { CLIENT, metadata, SCOPE } from "../fixture.mjs";

/** @type {import("./contender.mjs").Make} */
export function openidClient({ origin, fetch }) {
  const authentication = openid.ClientSecretPost(CLIENT.client_secret);
  const configuration = new openid.Configuration(metadata(origin), CLIENT.client_id, undefined, authentication);
  if (fetch) configuration[openid.customFetch] = /** @type {any} */ (fetch);
  if (origin.startsWith("http:")) openid.allowInsecureRequests(configuration);
  return {
    name: "openid-client",
    isLibrary: true,
    async authorize() {
      const code_verifier = openid.randomPKCECodeVerifier();
      const code_challenge = await openid.calculatePKCECodeChallenge(code_verifier);
      const state = openid.randomState();
      const { href: url } = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: CLIENT.redirect_uri,
        scope: SCOPE.join(" "),
        code_challenge,
        code_challenge_method: "S256",
        state,
      });
      return { url, state, code_verifier };
    },
    exchange: (code) => openid.genericGrantRequest(configuration, "authorization_code", { code }),
    refresh: (refresh_token) => openid.refreshTokenGrant(configuration, refresh_token),
    grant(callback, { state, code_verifier }) {
      const checks = { pkceCodeVerifier: code_verifier, expectedState: state };
      return openid.authorizationCodeGrant(configuration, new URL(callback), checks);
    },
    codeOf: String,
    tokensOf: (tokens) => tokens,
  };
}
