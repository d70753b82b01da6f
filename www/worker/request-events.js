// The events of the page's sequence diagram: one for each request and its response. An event contains only the members
// listed here, so that none can hold a token, a code, a state or a secret.

/** @typedef {"browser" | "worker" | "vault" | "accounts" | "api"} Participant */

/**
 * @typedef {object} Event
 * @property {number} at when the request was sent, in milliseconds since the epoch
 * @property {Participant} from
 * @property {Participant} to
 * @property {string} method of HTTP, or "RPC"
 * @property {string} path without its query
 * @property {string} [host]
 * @property {string} [grant_type]
 * @property {number} [status]
 * @property {number} [durationMs]
 * @property {string} [code] of the error
 * @property {number} [count] how many requests the event stands for; 1 if omitted
 * @property {string} [note]
 */

/** @typedef {import("grantkit").TraceEvent} TraceEvent */

/** An event without undefined members. @param {{ [Name in keyof Event]: Event[Name] | undefined }} members @returns {Event} */
export function requestEvent(members) {
  const defined = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {Event} */ (/** @type {unknown} */ (Object.fromEntries(defined)));
}

/** The recipient and method of the requests that grantkit traces. */
const TRACED_REQUESTS = {
  token: { to: "accounts", method: "POST" },
  revoke: { to: "accounts", method: "POST" },
  api: { to: "api", method: "GET" },
};

/**
 * The event for a request that grantkit traced. Steps that send nothing, such as validating a callback, have none.
 *
 * @param {TraceEvent} traced
 * @param {"worker" | "vault"} from
 * @returns {Event | undefined}
 */
export function eventFromTrace({ step, url, grant_type, status, durationMs = 0, code }, from) {
  const { host, pathname: path } = new URL(url);
  const at = Date.now() - durationMs;
  if (step === "authorize")
    return requestEvent({ at, from: "browser", to: "accounts", method: "GET", path, host, note: "redirect" });
  const request = /** @type {Record<string, { to: string, method: string }>} */ (TRACED_REQUESTS)[step];
  if (!request) return undefined;
  const to = /** @type {Participant} */ (request.to);
  return requestEvent({ at, from, to, method: request.method, path, host, grant_type, status, durationMs, code });
}

/** Collects the events of one request to the Worker. */
export function eventRecorder() {
  /** @type {Event[]} */
  const events = [];
  return {
    events,

    /** The `trace` option of the Worker's clients. @param {TraceEvent} traced */
    trace(traced) {
      const event = eventFromTrace(traced, "worker");
      if (event) events.push(event);
    },

    /** @param {{ [Name in keyof Event]: Event[Name] | undefined }} members */
    add(members) {
      const event = requestEvent(members);
      events.push(event);
      return event;
    },
  };
}
