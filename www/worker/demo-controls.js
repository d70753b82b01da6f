// The demo controls, which change the behaviour of the fake Zoho. A Worker without the fake has none.

import { clockOffsetOf, vaultOf } from "./connection.js";
import { badRequest, HttpError } from "./http-error.js";
import { copyHeaders, parseLocation, startLogin } from "./redirect-flow.js";
import { requireSession } from "./session.js";
import { ACCESS_TOKEN_SECONDS, TOKEN_REQUEST_BUDGET } from "./zoho.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {Record<string, unknown>} Parameters */

/**
 * Runs a control of the fake.
 *
 * @param {Context} c
 * @param {string} control
 * @param {Parameters} [parameters]
 * @returns {Promise<any>}
 */
export async function callFake({ env }, control, parameters = {}) {
  if (!env.FAKE) {
    throw new HttpError(404, "not_found", "this Worker uses the real Zoho, which has no demo controls: run npm start");
  }
  const response = await env.FAKE.fetch(`http://fake/${control}`, { method: "POST", body: JSON.stringify(parameters) });
  const body = await response.json();
  if (response.ok) return body;
  throw badRequest(/** @type {{ message: string }} */ (body).message);
}

/** Moves the clocks of the vault and of the fake Zoho ahead. @param {Context} c @param {number} seconds */
async function advanceClocks(c, seconds) {
  const vault = vaultOf(c, await requireSession(c));
  await vault.advanceClock(seconds);
  await callFake(c, "advance", { seconds });
  return vault.describe();
}

/** @type {Record<string, (c: Context, parameters: Parameters) => Promise<unknown>>} */
export const DEMO_CONTROLS = {
  "generate-code": async (c, { scope, location, seconds = 180 }) => {
    const { self } = c.get("config");
    if (!self) {
      throw new HttpError(
        404,
        "not_found",
        "this Worker has no Self Client: set SELF_CLIENT_ID and SELF_CLIENT_SECRET",
      );
    }
    const request = { client_id: self.client_id, scope, location: parseLocation(location), seconds };
    const { code } = await callFake(c, "generate-code", request);
    const now = Date.now() + (await clockOffsetOf(c));
    return { code, expires_at: Math.floor(now / 1000) + Number(seconds) };
  },

  expire: (c) => advanceClocks(c, ACCESS_TOKEN_SECONDS),

  async reset(c) {
    await callFake(c, "heal");
    // grantkit adds a minute to the server's window, which starts only when a request arrives there.
    return advanceClocks(c, TOKEN_REQUEST_BUDGET.seconds + 60);
  },

  fail: (c, { endpoint, how, times }) => callFake(c, "fail", { endpoint, how, times }),

  revoke: (c) => callFake(c, "revoke"),

  /** Starts an authorization request, and forges its response as in a mix-up attack (RFC 9207 1). */
  async forge(c) {
    const { headers } = await startLogin(c);
    const state = new URL(headers.get("location") ?? "").searchParams.get("state") ?? "";
    headers.delete("location");
    copyHeaders(c, headers);
    const response = new URLSearchParams({
      code: `1000.${crypto.randomUUID().replaceAll("-", "")}`,
      state,
      location: "us",
      "accounts-server": "https://accounts.zoho.com.evil.example",
    });
    return { callback: `/callback?${response}` };
  },
};
