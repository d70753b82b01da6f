// Server-Sent Events of the Worker: what is requested, as it happens.

/** @typedef {import("./timeline.js").WatchEvent} WatchEvent */

/** @type {Set<(event: WatchEvent) => void>} */
const listeners = new Set();
/** @type {WatchEvent[]} those of this page, by their order of arrival */
const known = [];
/** @type {EventSource | undefined} */
let source;
let last = -1;
/** More than a stream begins with. */
const MOST = 500;

/** The id of the latest. */
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
    // A stream begins with what is kept. An id alone says little: a server that was started anew begins at 1.
    if (known.some(({ id, at }) => id === event.id && at === event.at)) return;
    last = event.id;
    known.push(event);
    if (known.length > MOST) known.shift();
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
