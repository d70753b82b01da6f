// The redirect flow with grantkit/web: /login redirects the browser to the consent page, which redirects it to /callback.

import { sealer } from "grantkit";
import { webFlow } from "grantkit/web";
import { zohoRegions } from "../regions.js";
import { redirectFlowClient } from "./clients.js";
import { clockOffsetOf, connect } from "./connection.js";
import { badRequest } from "./http-error.js";
import { rejectCrossSite } from "./security.js";
import { findSession, newSession, setSession } from "./session.js";
import { SCOPES } from "./zoho.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

const ALL_SCOPES = SCOPES.map(({ scope }) => scope);

/** @param {Context} c @param {ZohoLocation} location @param {number} offset of the session's clock, in milliseconds */
function flowOf(c, location, offset) {
  const config = c.get("config");
  const clock = () => Date.now() + offset;
  const client = redirectFlowClient(config, location, { clock, trace: c.get("recorder").trace });
  return webFlow(/** @type {import("grantkit").OAuthClient} */ (client), {
    sealer: sealer(config.keys, { clock }),
    scope: ALL_SCOPES,
  });
}

/** @param {Context} c @returns {Promise<Response>} the redirect to the consent page */
export async function startLogin(c) {
  const { location, scope, parameters } = loginOptions(c);
  const session = await findSession(c);
  if (session) c.set("session", session);
  else await setSession(c, newSession(), "anonymous");
  return flowOf(c, location, await clockOffsetOf(c)).login(c.req.raw, { return_to: "/", scope, parameters });
}

/** @param {Context} c */
export async function login(c) {
  rejectCrossSite(c.req.raw.headers, c.get("config").origin);
  const { status, headers } = await startLogin(c);
  copyHeaders(c, headers);
  return c.body(null, /** @type {303} */ (status));
}

/** @param {Context} c */
export async function callback(c) {
  c.set("session", await findSession(c));
  const offset = await clockOffsetOf(c);
  const { tokens, return_to, headers } = await flowOf(c, c.get("config").location, offset).callback(c.req.raw);
  // The headers delete the cookie of this authorization request, even if the session cannot be stored.
  copyHeaders(c, headers);
  await connect(c, { kind: "web", offset, tokens });
  return c.redirect(return_to, 303);
}

/** What the user chose on the page. @param {Context} c */
function loginOptions(c) {
  const { location = c.get("config").location, scope = ALL_SCOPES.join(","), prompt } = c.req.query();
  const scopes = scope.split(",");
  if (!scopes.every((scope) => ALL_SCOPES.includes(scope))) {
    throw badRequest(`this demo does not request that scope: choose from ${ALL_SCOPES.join(", ")}`);
  }
  if (prompt !== undefined && prompt !== "consent") {
    throw badRequest("this demo does not send that prompt: use prompt=consent or omit it");
  }
  /** @type {Record<string, string>} */
  const parameters = prompt ? { prompt } : {};
  return { location: parseLocation(location), scope: scopes, parameters };
}

/** @param {unknown} value @returns {ZohoLocation} */
export function parseLocation(value) {
  const region = zohoRegions.find(({ location }) => location === value);
  if (region) return region.location;
  const locations = zohoRegions.map(({ location }) => location).join(", ");
  throw badRequest(`location is not one of Zoho's data centres: choose from ${locations}`);
}

/** @param {Context} c @param {Headers} headers */
export function copyHeaders(c, headers) {
  for (const [name, value] of headers) c.header(name, value, { append: name === "set-cookie" });
}
