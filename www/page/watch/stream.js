// Server-Sent Events of the Worker: what is requested, as it happens.

/** @typedef {import("./timeline.js").WatchEvent} WatchEvent */

/** @type {Set<(event: WatchEvent) => void>} */
const listeners = new Set();
/** @type {WatchEvent[]} those of this page, by their order of arrival */
const known = [];
/** @type {EventSource | undefined} */
let source;
/** How many have come. Their ids begin anew with a server, and with a session that has no events of the one before. */
let arrived = 0;
/** More than a stream begins with. */
const MOST = 500;

/** A mark after what has come so far. */
export const mark = () => arrived;

/** @param {(event: WatchEvent) => void} listener @returns {() => void} ends it */
export function onEvent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The events that came after a mark; 0 for all. @param {number} after */
export const since = (after) => known.slice(Math.max(0, known.length - (arrived - after)));

/**
 * Opens the stream, or opens it anew where the session is another one.
 *
 * @param {(state: "live" | "waiting" | "ended") => void} tell "ended" where the browser does not come back by itself
 */
export function openStream(tell) {
  source?.close();
  const opened = new EventSource("/api/events");
  source = opened;
  opened.addEventListener("open", () => tell("live"));
  opened.addEventListener("error", () => tell(opened.readyState === EventSource.CLOSED ? "ended" : "waiting"));
  opened.addEventListener("message", ({ data }) => {
    /** @type {WatchEvent} */
    const event = JSON.parse(data);
    // A stream begins with what is kept.
    if (known.some(({ id, at }) => id === event.id && at === event.at)) return;
    arrived += 1;
    known.push(event);
    if (known.length > MOST) known.shift();
    for (const listener of listeners) listener(event);
  });
}

/**
 * Resolves with the events after a mark, up to one that fits.
 *
 * @param {number} after
 * @param {(event: WatchEvent) => boolean} fits
 * @param {number} patience milliseconds after which those that did come have to do
 * @returns {Promise<WatchEvent[]>}
 */
export function eventsUntil(after, fits, patience = 4000) {
  return new Promise((resolve) => {
    const done = () => {
      end();
      clearTimeout(timer);
      resolve(since(after));
    };
    const end = onEvent((event) => {
      if (fits(event)) done();
    });
    const timer = setTimeout(done, patience);
    if (since(after).some(fits)) done();
  });
}
