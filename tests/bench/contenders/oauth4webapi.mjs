import * as oauth from "oauth4webapi";
import { CLIENT, metadata, SCOPE } from "../fixture.mjs";

/** With a time limit for requests, which grantkit and openid-client have by default. @type {import("./contender.mjs").Make} */
export function oauth4webapiWithDeadline(setting) {
  const contender = oauth4webapi(setting, () => AbortSignal.timeout(10_000));
  return { ...contender, name: `${contender.name}, with a time limit` };
}

/** @param {import("./contender.mjs").Setting} setting @param {() => AbortSignal} [signal] @returns {import("./contender.mjs").Contender} */
export function oauth4webapi({ origin, fetch }, signal) {
  const server = metadata(origin);
  const client = { client_id: CLIENT.client_id };
  const authentication = oauth.ClientSecretPost(CLIENT.client_secret);
  const options = {
    ...(fetch && { [oauth.customFetch]: /** @type {any} */ (fetch) }),
    [oauth.allowInsecureRequests]: origin.startsWith("http:"),
    ...(signal && { signal }),
  };

  /** @param {string} callback @param {string} state */
  const check = (callback, state) => oauth.validateAuthResponse(server, client, new URL(callback), state);

  return {
    name: "oauth4webapi",
    isLibrary: true,
    async authorize() {
      const code_verifier = oauth.generateRandomCodeVerifier();
      const code_challenge = await oauth.calculatePKCECodeChallenge(code_verifier);
      const state = oauth.generateRandomState();
      const url = new URL(server.authorization_endpoint);
      url.searchParams.set("client_id", CLIENT.client_id);
      url.searchParams.set("redirect_uri", CLIENT.redirect_uri);
      url.searchParams.set("response_type", "code");
      url.searchParams.set("scope", SCOPE.join(" "));
      url.searchParams.set("code_challenge", code_challenge);
      url.searchParams.set("code_challenge_method", "S256");
      url.searchParams.set("state", state);
      return { url: url.href, state, code_verifier };
    },
    check: (callback, { state }) => check(callback, state),
    async exchange(code) {
      const type = "authorization_code";
      const response = await oauth.genericTokenEndpointRequest(server, client, authentication, type, { code }, options);
      return oauth.processGenericTokenEndpointResponse(server, client, response);
    },
    async grant(callback, { state, code_verifier }) {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        check(callback, state),
        CLIENT.redirect_uri,
        code_verifier,
        options,
      );
      return oauth.processAuthorizationCodeResponse(server, client, response);
    },
    async refresh(refresh_token) {
      const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refresh_token, options);
      return oauth.processRefreshTokenResponse(server, client, response);
    },
    codeOf: (parameters) => parameters.get("code"),
    tokensOf: (tokens) => tokens,
  };
}
