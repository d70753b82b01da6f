// The clients of the configuration: one for the redirect flow at each data centre, and the Self Client.

import { OAuthClient, zoho } from "grantkit";
import { HttpError } from "./http-error.js";
import { LOCATIONS } from "./zoho.js";

/** @typedef {import("./config.js").Config} Config */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {Pick<import("grantkit").ClientConfig, "clock" | "trace">} Means */

/**
 * The client of a grant of this kind.
 *
 * @param {Config} config
 * @param {"web" | "self"} kind
 * @param {Means} means
 */
export function clientOf(config, kind, means) {
  if (kind === "web") return webClient(config, config.location, means);
  if (!config.self)
    throw new HttpError(404, "not_found", "this Worker has no Self Client: set SELF_CLIENT_ID and its secret");
  return new OAuthClient({ ...means, ...config.self, server: zoho({ ...config.zoho, location: config.location }) });
}

/** @param {Config} config @param {ZohoLocation} location @param {Means} means */
function webClient({ web, redirect_uri, zoho: origins }, location, means) {
  return new OAuthClient({ ...means, ...web, redirect_uri, server: zoho({ ...origins, location }) });
}

/**
 * What the redirect flow needs of a client: attempts begin at the data centre that the user chose, and each is ended by
 * the client that began it.
 *
 * @param {Config} config
 * @param {ZohoLocation} location
 * @param {Means} means
 * @returns {Pick<OAuthClient, "authorizationRequest" | "authorizationCodeGrant">}
 */
export function flowClient(config, location, means) {
  return {
    authorizationRequest: (options) => webClient(config, location, means).authorizationRequest(options),
    async authorizationCodeGrant(callback, pending, options) {
      const begun = (await locationOf(config, pending.issuer)) ?? location;
      return webClient(config, begun, means).authorizationCodeGrant(callback, pending, options);
    },
  };
}

/** The issuer of each data centre. @type {WeakMap<Config, Map<string, ZohoLocation>>} */
const issuers = new WeakMap();

/**
 * The data centre of an accounts server. The hosts are known to grantkit alone, and an attempt names its own.
 *
 * @param {Config} config
 * @param {string} [issuer]
 */
export async function locationOf(config, issuer) {
  let known = issuers.get(config);
  if (!known) {
    const found = LOCATIONS.map(async (location) => {
      const { pending } = await webClient(config, location, {}).authorizationRequest({ scope: "ZohoCRM.org.READ" });
      return /** @type {const} */ ([pending.issuer, location]);
    });
    known = new Map(await Promise.all(found));
    issuers.set(config, known);
  }
  return known.get(issuer ?? "");
}
