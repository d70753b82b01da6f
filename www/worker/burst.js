// Many calls at once, to show that they share one refresh.

import { vaultOf } from "./connection.js";
import { callApi } from "./crm.js";
import { codeOf } from "./error-details.js";
import { badRequest } from "./http-error.js";
import { trail } from "./request-events.js";
import { requireSession } from "./session.js";
import { pathFor } from "./zoho.js";

/** @typedef {import("../worker.js").Context} Context */

const MOST = 100;

/** @param {Context} c @param {Record<string, unknown>} asked */
export async function burst(c, { count = MOST }) {
  if (!(typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MOST)) {
    throw badRequest(`count is a whole number from 1 to ${MOST}`);
  }
  const session = await requireSession(c);
  c.set("session", session);
  const vault = vaultOf(c, session);
  const [{ scope }, earlier] = await Promise.all([vault.show(), vault.events()]);
  const path = pathFor(scope);

  const began = Date.now();
  const own = trail();
  /** @type {Record<string, number>} */
  const failures = {};
  let succeeded = 0;
  const one = async () => {
    try {
      const answer = await callApi(c, session, path, new Headers({ accept: "application/json" }), own);
      await answer.body?.cancel();
      if (answer.ok) succeeded += 1;
      else failures[`http_${answer.status}`] = (failures[`http_${answer.status}`] ?? 0) + 1;
    } catch (error) {
      const code = codeOf(error) ?? "internal";
      failures[code] = (failures[code] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: count }, one));
  const durationMs = Date.now() - began;

  for (const { count, ...event } of summary(own.events)) {
    c.get("trail").add(count === 1 ? event : { ...event, count });
  }
  const token_requests = (await vault.events(earlier.at(-1)?.id)).filter(
    ({ grant_type }) => grant_type === "refresh_token",
  );
  return { requests: count, succeeded, token_requests: token_requests.length, durationMs, failures };
}

/**
 * Events that say the same as one, which lasts from the first to the last of them and says how many they were.
 *
 * @param {import("./request-events.js").Event[]} events
 */
function summary(events) {
  /** @type {Map<string, import("./request-events.js").Event & { count: number }>} */
  const alike = new Map();
  for (const { at, durationMs = 0, ...rest } of events) {
    const key = JSON.stringify(rest);
    const known = alike.get(key);
    const from = Math.min(at, known?.at ?? at);
    const to = Math.max(at + durationMs, known ? known.at + (known.durationMs ?? 0) : 0);
    alike.set(key, { ...rest, at: from, durationMs: to - from, count: (known?.count ?? 0) + 1 });
  }
  return alike.values();
}
