// The Worker's Server-Sent Events, one for each request.

/** @typedef {import("./timeline.js").WatchEvent} WatchEvent */

/** @type {Set<(event: WatchEvent) => void>} */
const listeners = new Set();
/** @type {WatchEvent[]} in order of arrival */
const received = [];
/** @type {EventSource | undefined} */
let source;
/** How many events have arrived. Ids cannot serve as marks, because a new server or session may start them at 1 again. */
let arrived = 0;
/** More events than the Worker stores. */
const MAX_EVENTS = 500;

/** A mark after the events that have arrived so far. */
export const mark = () => arrived;

/** @param {(event: WatchEvent) => void} listener @returns {() => void} removes the listener */
export function onEvent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The events after a mark; 0 for all. @param {number} after */
export const since = (after) => received.slice(Math.max(0, received.length - (arrived - after)));

/**
 * Opens the stream, and closes the previous one.
 *
 * @param {(state: "live" | "waiting" | "ended") => void} onState "ended" if the browser will not reconnect
 */
export function openStream(onState) {
  source?.close();
  const opened = new EventSource("/api/events");
  source = opened;
  opened.addEventListener("open", () => onState("live"));
  opened.addEventListener("error", () => onState(opened.readyState === EventSource.CLOSED ? "ended" : "waiting"));
  opened.addEventListener("message", ({ data }) => {
    /** @type {WatchEvent} */
    const event = JSON.parse(data);
    // A stream starts with the stored events, some of which may have arrived before.
    if (received.some(({ id, at }) => id === event.id && at === event.at)) return;
    arrived += 1;
    received.push(event);
    if (received.length > MAX_EVENTS) received.shift();
    for (const listener of listeners) listener(event);
  });
}

/**
 * Waits until an event after a mark matches, and resolves with all events after the mark.
 *
 * @param {number} after
 * @param {(event: WatchEvent) => boolean} matches
 * @param {number} timeoutMs after which it resolves with the events that have arrived
 * @returns {Promise<WatchEvent[]>}
 */
export function eventsUntil(after, matches, timeoutMs = 4000) {
  return new Promise((resolve) => {
    const done = () => {
      removeListener();
      clearTimeout(timer);
      resolve(since(after));
    };
    const removeListener = onEvent((event) => {
      if (matches(event)) done();
    });
    const timer = setTimeout(done, timeoutMs);
    if (since(after).some(matches)) done();
  });
}
