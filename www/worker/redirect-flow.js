// The redirect flow, by grantkit/web: a browser leaves for the consent page, and comes back with a code.

import { sealer } from "grantkit";
import { webFlow } from "grantkit/web";
import { flowClient } from "./clients.js";
import { connect, offsetOf } from "./connection.js";
import { badRequest } from "./http-error.js";
import { refuseOtherSites } from "./security.js";
import { findSession, newSession, setSession } from "./session.js";
import { LOCATIONS, SCOPES } from "./zoho.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

const ALL = SCOPES.map(({ scope }) => scope);

/** @param {Context} c @param {ZohoLocation} location @param {number} offset of the session's clock, in milliseconds */
function flowOf(c, location, offset) {
  const config = c.get("config");
  const clock = () => Date.now() + offset;
  const client = flowClient(config, location, { clock, trace: c.get("trail").trace });
  return webFlow(/** @type {import("grantkit").OAuthClient} */ (client), {
    sealer: sealer(config.keys, { clock }),
    scope: ALL,
  });
}

/** Begins an attempt. @param {Context} c @returns {Promise<Response>} which leads to the consent page */
export async function begin(c) {
  const { location, scope, parameters } = wishes(c);
  const session = await findSession(c);
  if (session) c.set("session", session);
  else await setSession(c, newSession(), "anonymous");
  return flowOf(c, location, await offsetOf(c)).login(c.req.raw, { return_to: "/", scope, parameters });
}

/** @param {Context} c */
export async function login(c) {
  refuseOtherSites(c.req.raw.headers, c.get("config").origin);
  const { status, headers } = await begin(c);
  copy(c, headers);
  return c.body(null, /** @type {303} */ (status));
}

/** @param {Context} c */
export async function callback(c) {
  c.set("session", await findSession(c));
  const offset = await offsetOf(c);
  const { tokens, return_to, headers } = await flowOf(c, c.get("config").location, offset).callback(c.req.raw);
  // Before what may fail: the attempt is over either way.
  copy(c, headers);
  await connect(c, { kind: "web", offset, tokens });
  return c.redirect(return_to, 303);
}

/** What the user chose on the page. @param {Context} c */
function wishes(c) {
  const { location = c.get("config").location, scope = ALL.join(","), prompt } = c.req.query();
  const scopes = scope.split(",");
  const strange = scopes.find((one) => !ALL.includes(one));
  if (strange !== undefined) throw badRequest(`this demo does not ask for such a scope: choose of ${ALL.join(", ")}`);
  if (prompt !== undefined && prompt !== "consent") throw badRequest("prompt can only be consent: leave it away");
  /** @type {Record<string, string>} */
  const parameters = prompt ? { prompt } : {};
  return { location: parseLocation(location), scope: scopes, parameters };
}

/** @param {unknown} location @returns {ZohoLocation} */
export function parseLocation(location) {
  const known = LOCATIONS.find((one) => one === location);
  if (known) return known;
  throw badRequest(`location is none of Zoho's data centres: choose of ${LOCATIONS.join(", ")}`);
}

/** @param {Context} c @param {Headers} headers */
export function copy(c, headers) {
  for (const [name, value] of headers) c.header(name, value, { append: name === "set-cookie" });
}
