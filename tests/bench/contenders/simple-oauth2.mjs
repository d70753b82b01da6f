import { createHash, randomBytes } from "node:crypto";
import { AuthorizationCode } from "simple-oauth2";
import { CLIENT, SCOPE } from "../fixture.mjs";

/** simple-oauth2 makes no PKCE values and no state, and does not use fetch. @type {import("./contender.mjs").Make} */
export function simpleOauth2({ origin, fetch }) {
  const client = new AuthorizationCode({
    client: { id: CLIENT.client_id, secret: CLIENT.client_secret },
    auth: { tokenHost: origin, tokenPath: "/token", authorizePath: "/authorize" },
  });
  const { redirect_uri } = CLIENT;
  const name = "simple-oauth2";
  /** @type {Pick<import("./contender.mjs").Contender, "codeOf" | "tokensOf">} */
  const read = { codeOf: String, tokensOf: ({ token }) => token };

  const authorize = () => {
    const code_verifier = randomBytes(32).toString("base64url");
    const state = randomBytes(32).toString("base64url");
    const code_challenge = createHash("sha256").update(code_verifier).digest("base64url");
    const challenge = { code_challenge, code_challenge_method: "S256" };
    return { url: client.authorizeURL({ redirect_uri, scope: SCOPE, state, ...challenge }), state, code_verifier };
  };
  if (fetch) return { name, isLibrary: true, authorize, ...read };

  return {
    name,
    isLibrary: true,
    authorize,
    exchange: (code) => client.getToken({ code, redirect_uri }),
    refresh: (refresh_token) => client.createToken({ refresh_token }).refresh(),
    async grant(callback, { state, code_verifier }) {
      const { searchParams } = new URL(callback);
      const code = searchParams.get("code");
      if (code === null || searchParams.get("state") !== state)
        throw new Error("the callback belongs to another authorization request");
      const verifier = { code_verifier };
      return client.getToken({ code, redirect_uri, ...verifier });
    },
    ...read,
  };
}
