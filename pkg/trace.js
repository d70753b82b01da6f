// Trace events: one for each exchange with a server and each effect of a flow.

import { defined } from "./check.js";
import { milliseconds } from "./clock.js";
import { OAuthError } from "./errors.js";

/** @typedef {import("./index.js").TraceEvent} TraceEvent */

/**
 * The members of an event beside its id. Members without a value are omitted, and the query of the URL is removed.
 *
 * @typedef {object} Traced
 * @property {TraceEvent["step"]} step
 * @property {string} url
 * @property {string | undefined} [grant_type]
 * @property {number | undefined} [status]
 * @property {string | undefined} [phase]
 * @property {string | undefined} [effect]
 */

/**
 * The flow, or the call of the API, that events belong to.
 *
 * @typedef {object} Origin
 * @property {number} id
 * @property {number | undefined} [cause] the id of the flow or call that started it
 */

let ids = 0;

/** A new origin. @param {number} [cause] @returns {Origin} */
export function origin(cause) {
  ids += 1;
  return { id: ids, cause };
}

/**
 * Reports an event to the caller's `trace`.
 *
 * @param {{ trace?: ((event: TraceEvent) => void) | undefined, clock: () => number }} settings
 * @param {Origin} origin
 * @param {Traced} traced
 * @param {unknown} [error] that it ended with
 * @param {number} [began] when it began, in milliseconds
 */
export function report(settings, { id, cause }, traced, error, began) {
  const { trace } = settings;
  if (!trace) return;
  const event = defined({
    id,
    cause,
    ...traced,
    url: traced.url.replace(/[?#].*$/s, ""),
    durationMs: began === undefined ? began : milliseconds(settings) - began,
    code: error instanceof OAuthError ? error.code : undefined,
  });
  // A listener that fails, at once or later, must not cost the caller a response that holds the only copy of a token.
  (async () => trace(/** @type {TraceEvent} */ (event)))().catch(() => {});
}
