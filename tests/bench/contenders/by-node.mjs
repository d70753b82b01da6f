import { createHash, randomBytes } from "node:crypto";
import { CLIENT, metadata, SCOPE } from "../fixture.mjs";

/** Code for Node only: its digest and random bytes need no promise. @type {import("./contender.mjs").Make} */
export function byNode({ origin }) {
  const { authorization_endpoint } = metadata(origin);
  const { client_id, redirect_uri } = CLIENT;
  return {
    name: "by hand, node:crypto",
    authorize() {
      const code_verifier = randomBytes(32).toString("base64url");
      const state = randomBytes(32).toString("base64url");
      const query = new URLSearchParams({
        response_type: "code",
        client_id,
        redirect_uri,
        scope: SCOPE.join(" "),
        state,
        code_challenge: createHash("sha256").update(code_verifier).digest("base64url"),
        code_challenge_method: "S256",
      });
      return { url: `${authorization_endpoint}?${query}`, state, code_verifier };
    },
    codeOf: String,
    tokensOf: (tokens) => tokens,
  };
}
