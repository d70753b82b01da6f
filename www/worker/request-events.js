// The events that the page draws: one for each request and its answer, from one of five to another. What they say is
// chosen here, so none can hold a token, a code, a state or a secret.

/** @typedef {"browser" | "worker" | "vault" | "accounts" | "api"} Party */

/**
 * @typedef {object} Event
 * @property {number} at when the request was sent, in milliseconds since the epoch
 * @property {Party} from
 * @property {Party} to
 * @property {string} method of HTTP, or "RPC"
 * @property {string} path without its query
 * @property {string} [host]
 * @property {string} [grant_type]
 * @property {number} [status]
 * @property {number} [durationMs]
 * @property {string} [code] of the error
 * @property {number} [count] of the requests that it stands for; one where absent
 * @property {string} [note]
 */

/** @typedef {import("grantkit").TraceEvent} TraceEvent */

/** Events without the members that have no value. @param {{ [Name in keyof Event]: Event[Name] | undefined }} members @returns {Event} */
export function event(members) {
  const some = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {Event} */ (/** @type {unknown} */ (Object.fromEntries(some)));
}

/** Who answers, and to what method, for each step of grantkit. */
const STEPS = {
  token: { to: "accounts", method: "POST" },
  revoke: { to: "accounts", method: "POST" },
  api: { to: "api", method: "GET" },
};

/**
 * What grantkit told of an exchange, as an event. Checks of the callback are no exchange.
 *
 * @param {TraceEvent} traced
 * @param {"worker" | "vault"} from
 * @returns {Event | undefined}
 */
export function fromTrace({ step, url, grant_type, status, durationMs = 0, code }, from) {
  const { host, pathname: path } = new URL(url);
  const at = Date.now() - durationMs;
  if (step === "authorize")
    return event({ at, from: "browser", to: "accounts", method: "GET", path, host, note: "redirect" });
  const known = /** @type {Record<string, { to: string, method: string }>} */ (STEPS)[step];
  if (!known) return undefined;
  const { to, method } = known;
  return event({ at, from, to: /** @type {Party} */ (to), method, path, host, grant_type, status, durationMs, code });
}

/** What happens while the Worker answers one request. */
export function trail() {
  /** @type {Event[]} */
  const events = [];
  return {
    events,

    /** For the clients of the Worker. @param {TraceEvent} traced */
    trace(traced) {
      const exchanged = fromTrace(traced, "worker");
      if (exchanged) events.push(exchanged);
    },

    /** @param {{ [Name in keyof Event]: Event[Name] | undefined }} members */
    add(members) {
      const added = event(members);
      events.push(added);
      return added;
    },
  };
}
