// Checks the results of a contender before it is timed.

import { equal, ok } from "../../scenario/assert.mjs";
import { sessionOf } from "../contenders/contender.mjs";
import { CLIENT, CODE, callbackUrl, ISSUER, metadata, SCOPE, TOKENS } from "../fixture.mjs";

/** @typedef {import("../contenders/contender.mjs").Contender} Contender */

/** @param {string} verifier */
async function s256(verifier) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const text = btoa(String.fromCharCode(...digest));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {Contender} contender */
export async function verifyAuthorize({ name, authorize }) {
  ok(authorize, `${name} makes authorization requests`);
  const [first, second] = [await authorize(), await authorize()];
  const { state, code_verifier } = sessionOf(first);
  const { origin, pathname, searchParams } = new URL(first.url);
  equal(origin + pathname, metadata(ISSUER).authorization_endpoint, `${name}: the endpoint`);
  const expected = {
    response_type: "code",
    client_id: CLIENT.client_id,
    redirect_uri: CLIENT.redirect_uri,
    scope: SCOPE.join(" "),
    state,
    code_challenge: await s256(code_verifier),
    code_challenge_method: "S256",
  };
  equal(Object.fromEntries(searchParams), expected, `${name}: the parameters`);
  equal(searchParams.size, Object.keys(expected).length, `${name}: each parameter once`);
  ok(state.length >= 22 && code_verifier.length >= 43, `${name}: a state of 128 bits and a verifier of RFC 7636`);
  ok(
    sessionOf(second).state !== state && sessionOf(second).code_verifier !== code_verifier,
    `${name}: new values each time`,
  );
}

/** @param {Contender} contender */
export async function verifyCallback(contender) {
  const { name, authorize, check, codeOf } = contender;
  ok(authorize && check, `${name} checks callbacks`);
  const session = sessionOf(await authorize());
  equal(codeOf(await check(callbackUrl(session.state), session)), CODE, `${name}: the code`);
  const wrong = {
    "another state": callbackUrl("x".repeat(43)),
    "another issuer": callbackUrl(session.state, "https://other.example"),
    "an error": `${CLIENT.redirect_uri}?error=access_denied&state=${session.state}&iss=${encodeURIComponent(ISSUER)}`,
  };
  for (const [what, callback] of Object.entries(wrong)) {
    const isRejected = await Promise.resolve()
      .then(() => check(callback, session))
      .then(
        () => false,
        () => true,
      );
    ok(isRejected, `${name}: it rejects a callback with ${what}`);
  }
}

/** @param {Contender} contender @param {unknown} result */
export function verifyTokens({ name, tokensOf }, result) {
  const { access_token, refresh_token } = tokensOf(result);
  equal([access_token, refresh_token], [TOKENS.access_token, TOKENS.refresh_token], `${name}: the tokens`);
}
