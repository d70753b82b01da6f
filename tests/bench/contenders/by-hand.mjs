import { CLIENT, metadata, SCOPE } from "../fixture.mjs";

const encoder = new TextEncoder();

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Code for the web platform: WebCrypto, URLSearchParams, fetch. @type {import("./contender.mjs").Make} */
export function byHand({ origin, fetch: send = fetch }) {
  const { issuer, authorization_endpoint, token_endpoint } = metadata(origin);
  const { client_id, client_secret, redirect_uri } = CLIENT;

  /** @param {string} callback @param {string} state */
  const check = (callback, state) => {
    const { searchParams } = new URL(callback);
    for (const name of ["state", "iss", "error", "code"]) {
      if (searchParams.getAll(name).length > 1) throw new Error(`${name} is duplicated`);
    }
    if (searchParams.get("state") !== state) throw new Error("the callback belongs to another authorization request");
    if (searchParams.get("iss") !== issuer) throw new Error("the callback comes from another server");
    const error = searchParams.get("error");
    if (error) throw new Error(error);
    const code = searchParams.get("code");
    if (!code) throw new Error("the callback has no code");
    return code;
  };

  /** @param {Record<string, string>} parameters */
  const request = async (parameters) => {
    const response = await send(token_endpoint, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...parameters, client_id, client_secret }).toString(),
    });
    if (!response.ok) throw new Error(`the server responded with status ${response.status}`);
    const tokens = await response.json();
    if (typeof tokens?.access_token !== "string") throw new Error("the response has no access token");
    return tokens;
  };

  const grant_type = "authorization_code";
  return {
    name: "by hand",
    async authorize() {
      const code_verifier = random();
      const state = random();
      const digest = await crypto.subtle.digest("SHA-256", encoder.encode(code_verifier));
      const query = new URLSearchParams({
        response_type: "code",
        client_id,
        redirect_uri,
        scope: SCOPE.join(" "),
        state,
        code_challenge: base64url(new Uint8Array(digest)),
        code_challenge_method: "S256",
      });
      return { url: `${authorization_endpoint}?${query}`, state, code_verifier };
    },
    check: (callback, { state }) => check(callback, state),
    exchange: (code) => request({ grant_type, code }),
    refresh: (refresh_token) => request({ grant_type: "refresh_token", refresh_token }),
    async grant(callback, { state, code_verifier }) {
      return request({ grant_type, code: check(callback, state), redirect_uri, code_verifier });
    },
    codeOf: String,
    tokensOf: (tokens) => tokens,
  };
}
