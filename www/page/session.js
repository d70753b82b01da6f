// What the Worker says of the connection, kept in one place for all that shows it.

import { get } from "./api.js";

/**
 * @typedef {object} Session
 * @property {boolean} connected
 * @property {"web" | "self"} [kind]
 * @property {string} [location]
 * @property {string} [accounts_server]
 * @property {string} [api_domain]
 * @property {string} [scope]
 * @property {string} [access_token] its end, masked
 * @property {string} [refresh_token] its end, masked
 * @property {number} [expires_at]
 * @property {number} [lifetime] seconds
 * @property {number} now by the clock that `expires_at` is of
 * @property {number} [requests_left]
 * @property {string} [failure] the code of what the last refresh failed with
 * @property {number} [retry_at] no request before this time
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
let running;
let again = false;

/** @param {(session: Session) => void} listener */
export function onSession(listener) {
  listeners.add(listener);
}

/** Asks the Worker anew, and tells everybody. Calls that come meanwhile share one more request. */
export function loadSession() {
  if (running) {
    again = true;
    return running;
  }
  running = load().finally(() => {
    running = undefined;
  });
  return running;
}

async function load() {
  /** @type {Session} */
  let session;
  do {
    again = false;
    session = await get("/api/session");
  } while (again);
  for (const listener of listeners) listener(session);
  return session;
}
