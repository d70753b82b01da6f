// Prints a fresh access token.

import { wholeNumber } from "../options.js";

/** The largest --min-validity, in seconds. A new token is accepted even if its lifetime is shorter. */
const LONGEST = 86_400;

/** @param {import("../context.js").Context} context @param {{ minValidity: string }} options @returns {Promise<import("../context.js").Result>} */
export async function token(context, { minValidity: text }) {
  const minValidity = wholeNumber("--min-validity", text, 0, LONGEST);
  const { manager } = await context.manager();
  const access_token = await manager.accessToken({ minValidity, signal: context.signal });
  if (!context.options.json) return { facts: {}, text: access_token };
  const { expires_at, api_domain } = (await manager.tokens()) ?? {};
  return { facts: { access_token, expires_at, api_domain } };
}
