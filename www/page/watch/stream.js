// Server-Sent Events of the Worker: what is requested, as it happens.

/** @typedef {import("./timeline.js").WatchEvent} WatchEvent */

/** @type {Set<(event: WatchEvent) => void>} */
const listeners = new Set();
/** @type {WatchEvent[]} those of this page, by their order of arrival */
const known = [];
/** @type {EventSource | undefined} */
let source;
let last = -1;

/** The greatest id that has come. */
export const lastId = () => last;

/** @param {(event: WatchEvent) => void} listener @returns {() => void} ends it */
export function onEvent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The events that came after an id. @param {number} id */
export const since = (id) => known.filter((event) => event.id > id);

/**
 * Opens the stream, or opens it anew where the session is another one.
 *
 * @param {(state: "live" | "waiting") => void} tell
 */
export function openStream(tell) {
  source?.close();
  source = new EventSource("/api/events");
  source.addEventListener("open", () => tell("live"));
  source.addEventListener("error", () => tell("waiting"));
  source.addEventListener("message", ({ data }) => {
    /** @type {WatchEvent} */
    const event = JSON.parse(data);
    if (event.id <= last) return;
    last = event.id;
    known.push(event);
    for (const listener of listeners) listener(event);
  });
}

/**
 * Resolves with the events after `id`, up to one that fits.
 *
 * @param {number} id
 * @param {(event: WatchEvent) => boolean} fits
 * @param {number} patience milliseconds after which those that did come have to do
 * @returns {Promise<WatchEvent[]>}
 */
export function eventsUntil(id, fits, patience = 4000) {
  return new Promise((resolve) => {
    const done = () => {
      end();
      clearTimeout(timer);
      resolve(since(id));
    };
    const end = onEvent((event) => {
      if (event.id > id && fits(event)) done();
    });
    const timer = setTimeout(done, patience);
    if (since(id).some(fits)) done();
  });
}
