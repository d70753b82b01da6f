// The state of the connection, which the Worker reports and several sections show.

import { get } from "./api.js";

/**
 * @typedef {object} Session
 * @property {boolean} connected
 * @property {"web" | "self"} [kind]
 * @property {string} [location]
 * @property {string} [accounts_server]
 * @property {string} [api_domain]
 * @property {string} [scope]
 * @property {string} [access_token] its last characters
 * @property {string} [refresh_token] its last characters
 * @property {number} [expires_at]
 * @property {number} [lifetime] of an access token, in seconds
 * @property {number} now by the clock of `expires_at`
 * @property {number} [requests_left]
 * @property {string} [failure] the error code of the last refresh
 * @property {number} [retry_at] no token request is sent before this time
 */

/**
 * @typedef {object} Config
 * @property {boolean} fake
 * @property {import("grantkit").ZohoLocation[]} locations
 * @property {import("grantkit").ZohoLocation} location
 * @property {{ scope: string, label: string }[]} scopes
 * @property {string} client_id
 * @property {string} redirect_uri
 * @property {boolean} self_client
 * @property {Record<string, string>} [users]
 * @property {{ requests: number, seconds: number }} budget
 */

/** @type {Set<(session: Session) => void>} */
const listeners = new Set();
/** @type {Promise<Session> | undefined} */
let loading;
let reload = false;

/** @param {(session: Session) => void} listener */
export function onSession(listener) {
  listeners.add(listener);
}

/** Loads the session and calls all listeners. Calls during a request share one more request. */
export function loadSession() {
  if (loading) {
    reload = true;
    return loading;
  }
  loading = load().finally(() => {
    loading = undefined;
  });
  return loading;
}

async function load() {
  /** @type {Session} */
  let session;
  do {
    reload = false;
    session = await get("/api/session");
  } while (reload);
  for (const listener of listeners) listener(session);
  return session;
}
