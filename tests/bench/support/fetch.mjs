// A token endpoint in memory.

import { equal, ok } from "../../scenario/assert.mjs";
import { CLIENT, CODE, ISSUER, metadata, TOKENS } from "../world.mjs";

const ANSWER = JSON.stringify(TOKENS);
const INIT = { status: 200, headers: { "content-type": "application/json" } };

/** Answers whatever it is asked, at once. @type {import("../contenders/contender.mjs").Fetch} */
export async function answering() {
  return new Response(ANSWER, INIT);
}

/**
 * Answers what is a token request of the expected client.
 *
 * @param {Record<string, string>} expected parameters
 * @returns {import("../contenders/contender.mjs").Fetch}
 */
export function judging(expected) {
  return async (input, init) => {
    const request = new Request(input, init);
    equal(request.url, metadata(ISSUER).token_endpoint, "the token endpoint");
    equal(request.method, "POST", "the method");
    const sent = new URLSearchParams(await request.text());
    for (const [name, value] of Object.entries(expected)) equal(sent.getAll(name), [value], name);
    const basic = `Basic ${btoa(`${CLIENT.client_id}:${CLIENT.client_secret}`)}`;
    const isPost = sent.get("client_id") === CLIENT.client_id && sent.get("client_secret") === CLIENT.client_secret;
    ok(isPost || request.headers.get("authorization") === basic, "the client authenticates");
    return answering(input, init ?? {});
  };
}

/** What is sent for each kind of work. */
export const EXPECTED = {
  exchange: { grant_type: "authorization_code", code: CODE },
  refresh: { grant_type: "refresh_token", refresh_token: TOKENS.refresh_token },
  grant: { grant_type: "authorization_code", code: CODE, redirect_uri: CLIENT.redirect_uri },
};

/**
 * Runs something while the runtime's own fetch is another: not every library can be handed one.
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
