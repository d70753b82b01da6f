// A token endpoint in memory.

import { equal, ok } from "../../scenario/assert.mjs";
import { CLIENT, CODE, ISSUER, metadata, TOKENS } from "../fixture.mjs";

const RESPONSE = JSON.stringify(TOKENS);
const INIT = { status: 200, headers: { "content-type": "application/json" } };

/** Responds to every request at once. @type {import("../contenders/contender.mjs").Fetch} */
export async function respond() {
  return new Response(RESPONSE, INIT);
}

/**
 * Responds only to a token request of the client, with the expected parameters.
 *
 * @param {Record<string, string>} expected parameters
 * @returns {import("../contenders/contender.mjs").Fetch}
 */
export function validating(expected) {
  return async (input, init) => {
    const request = new Request(input, init);
    equal(request.url, metadata(ISSUER).token_endpoint, "the token endpoint");
    equal(request.method, "POST", "the method");
    const sent = new URLSearchParams(await request.text());
    for (const [name, value] of Object.entries(expected)) equal(sent.getAll(name), [value], name);
    const basic = `Basic ${btoa(`${CLIENT.client_id}:${CLIENT.client_secret}`)}`;
    const isPost = sent.get("client_id") === CLIENT.client_id && sent.get("client_secret") === CLIENT.client_secret;
    ok(isPost || request.headers.get("authorization") === basic, "the client authenticates");
    return respond(input, init ?? {});
  };
}

/** The parameters of the token request, by kind of work. */
export const EXPECTED = {
  exchange: { grant_type: "authorization_code", code: CODE },
  refresh: { grant_type: "refresh_token", refresh_token: TOKENS.refresh_token },
  grant: { grant_type: "authorization_code", code: CODE, redirect_uri: CLIENT.redirect_uri },
};

/**
 * Replaces the runtime's fetch during a call, for libraries that accept no other.
 *
 * @template T
 * @param {import("../contenders/contender.mjs").Fetch} fetch
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function withFetch(fetch, run) {
  const own = globalThis.fetch;
  globalThis.fetch = /** @type {typeof globalThis.fetch} */ (fetch);
  try {
    return await run();
  } finally {
    globalThis.fetch = own;
  }
}
