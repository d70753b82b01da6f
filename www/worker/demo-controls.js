// The controls of the demo: what a fake Zoho can be made to do. Where there is no fake, they are not there.

import { offsetOf, vaultOf } from "./connection.js";
import { badRequest, HttpError } from "./http-error.js";
import { begin, copy, parseLocation } from "./redirect-flow.js";
import { requireSession } from "./session.js";
import { BUDGET, LIFETIME } from "./zoho.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {Record<string, unknown>} Asked */

/**
 * Has the fake do something.
 *
 * @param {Context} c
 * @param {string} control
 * @param {Asked} [wish]
 * @returns {Promise<any>}
 */
export async function fake({ env }, control, wish = {}) {
  if (!env.FAKE) throw new HttpError(404, "not_found", "this Worker talks to the real Zoho, which has no controls");
  const answer = await env.FAKE.fetch(`http://fake/${control}`, { method: "POST", body: JSON.stringify(wish) });
  const told = await answer.json();
  if (answer.ok) return told;
  throw badRequest(/** @type {{ message: string }} */ (told).message);
}

/** Time passes, for the vault and for Zoho. @param {Context} c @param {number} seconds */
async function pass(c, seconds) {
  const vault = vaultOf(c, await requireSession(c));
  await vault.pass(seconds);
  await fake(c, "advance", { seconds });
  return vault.show();
}

/** @type {Record<string, (c: Context, asked: Asked) => Promise<unknown>>} */
export const CONTROLS = {
  "generate-code": async (c, { scope, location, seconds = 180 }) => {
    const { self } = c.get("config");
    if (!self)
      throw new HttpError(404, "not_found", "this Worker has no Self Client: set SELF_CLIENT_ID and its secret");
    const wish = { client_id: self.client_id, scope, location: parseLocation(location), seconds };
    const { code } = await fake(c, "generate-code", wish);
    const now = Date.now() + (await offsetOf(c));
    return { code, expires_at: Math.floor(now / 1000) + Number(seconds) };
  },

  expire: (c) => pass(c, LIFETIME),

  async reset(c) {
    await fake(c, "heal");
    // grantkit counts a request until the server's window must have ended.
    return pass(c, BUDGET.seconds + 60);
  },

  fail: (c, { endpoint, how, times }) => fake(c, "fail", { endpoint, how, times }),

  revoke: (c) => fake(c, "revoke"),

  /** An attempt whose answer comes from another host, as a mix-up attacker would have it (RFC 9207 1). */
  async forge(c) {
    const { headers } = await begin(c);
    const state = new URL(headers.get("location") ?? "").searchParams.get("state") ?? "";
    headers.delete("location");
    copy(c, headers);
    const callback = new URLSearchParams({
      code: `1000.${crypto.randomUUID().replaceAll("-", "")}`,
      state,
      location: "us",
      "accounts-server": "https://accounts.zoho.com.evil.example",
    });
    return { callback: `/callback?${callback}` };
  },
};
