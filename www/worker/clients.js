// The OAuth clients of the configuration: one for the redirect flow at each data centre, and the Self Client.

import { OAuthClient, zoho } from "grantkit";
import { zohoRegions } from "../regions.js";
import { HttpError } from "./http-error.js";

/** @typedef {import("./config.js").Config} Config */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {Pick<import("grantkit").ClientConfig, "clock" | "trace">} ClientOptions */

/**
 * The client that a kind of grant belongs to.
 *
 * @param {Config} config
 * @param {"web" | "self"} kind
 * @param {ClientOptions} options
 */
export function clientOf(config, kind, options) {
  if (kind === "web") return webClient(config, config.location, options);
  if (!config.self)
    throw new HttpError(404, "not_found", "this Worker has no Self Client: set SELF_CLIENT_ID and SELF_CLIENT_SECRET");
  return new OAuthClient({ ...options, ...config.self, server: zoho({ ...config.zoho, location: config.location }) });
}

/** @param {Config} config @param {ZohoLocation} location @param {ClientOptions} options */
function webClient({ web, redirect_uri, zoho: origins }, location, options) {
  return new OAuthClient({ ...options, ...web, redirect_uri, server: zoho({ ...origins, location }) });
}

/**
 * The client methods of the redirect flow. The authorization request goes to the data centre that the user chose, and the
 * client of that data centre also validates the authorization response.
 *
 * @param {Config} config
 * @param {ZohoLocation} location
 * @param {ClientOptions} options
 * @returns {Pick<OAuthClient, "authorizationRequest" | "authorizationCodeGrant">}
 */
export function redirectFlowClient(config, location, options) {
  return {
    authorizationRequest: (request) => webClient(config, location, options).authorizationRequest(request),
    authorizationCodeGrant(callback, pending, call) {
      const client = webClient(config, locationOf(config, pending.issuer) ?? location, options);
      return client.authorizationCodeGrant(callback, pending, call);
    },
  };
}

/**
 * The data centre of an accounts server.
 *
 * @param {Config} config
 * @param {string} [server] its origin
 * @returns {ZohoLocation | undefined}
 */
export function locationOf({ zoho: { accountsServer } }, server) {
  return zohoRegions.find(({ location, accounts_server }) => {
    return (accountsServer?.[location] ?? accounts_server) === server;
  })?.location;
}
