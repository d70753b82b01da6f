// Sends many API calls at once, to show that they share one refresh.

import { vaultOf } from "./connection.js";
import { callApi } from "./crm.js";
import { errorCodeOf } from "./error-details.js";
import { badRequest } from "./http-error.js";
import { eventRecorder } from "./request-events.js";
import { requireSession } from "./session.js";
import { pathFor } from "./zoho.js";

/** @typedef {import("../worker.js").Context} Context */

const MAX_CALLS = 100;

/** @param {Context} c @param {Record<string, unknown>} body of the request */
export async function burst(c, { count = MAX_CALLS }) {
  if (!(typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MAX_CALLS)) {
    throw badRequest(`count is not a whole number from 1 to ${MAX_CALLS}: change it`);
  }
  const session = await requireSession(c);
  c.set("session", session);
  const vault = vaultOf(c, session);
  const [{ scope }, eventsBefore] = await Promise.all([vault.describe(), vault.events()]);
  const path = pathFor(scope);

  const start = Date.now();
  const recorder = eventRecorder();
  /** @type {Record<string, number>} */
  const failures = {};
  let succeeded = 0;
  const call = async () => {
    try {
      const response = await callApi(c, session, path, new Headers({ accept: "application/json" }), recorder);
      await response.body?.cancel();
      if (response.ok) succeeded += 1;
      else failures[`http_${response.status}`] = (failures[`http_${response.status}`] ?? 0) + 1;
    } catch (error) {
      const code = errorCodeOf(error) ?? "internal";
      failures[code] = (failures[code] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: count }, call));
  const durationMs = Date.now() - start;

  for (const { count, ...event } of groupEvents(recorder.events)) {
    c.get("recorder").add(count === 1 ? event : { ...event, count });
  }
  const refreshes = (await vault.events(eventsBefore.at(-1)?.id)).filter(
    ({ grant_type }) => grant_type === "refresh_token",
  );
  return { requests: count, succeeded, token_requests: refreshes.length, durationMs, failures };
}

/**
 * Merges events that differ only in their times. A merged event lasts from the first start to the last end.
 *
 * @param {import("./request-events.js").Event[]} events
 */
function groupEvents(events) {
  /** @type {Map<string, import("./request-events.js").Event & { count: number }>} */
  const groups = new Map();
  for (const { at, durationMs = 0, ...rest } of events) {
    const key = JSON.stringify(rest);
    const group = groups.get(key);
    const start = Math.min(at, group?.at ?? at);
    const end = Math.max(at + durationMs, group ? group.at + (group.durationMs ?? 0) : 0);
    groups.set(key, { ...rest, at: start, durationMs: end - start, count: (group?.count ?? 0) + 1 });
  }
  return groups.values();
}
