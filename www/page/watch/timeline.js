// The order of the arrows in the diagram, and which events share an arrow.

/** @typedef {"browser" | "worker" | "vault" | "accounts" | "api"} Lane */

/**
 * A request and its response.
 *
 * @typedef {object} WatchEvent
 * @property {number} id
 * @property {number} at when the request was sent, in milliseconds since the epoch
 * @property {Lane} from
 * @property {Lane} to
 * @property {string} method
 * @property {string} path
 * @property {string} [host]
 * @property {string} [grant_type]
 * @property {number} [status]
 * @property {number} [durationMs]
 * @property {string} [code] of an OAuthError
 * @property {number} [count] how many requests it stands for, if several were sent at once
 * @property {string} [note]
 */

/**
 * One or more equal requests.
 *
 * @typedef {object} Arrow
 * @property {string} key
 * @property {WatchEvent} first
 * @property {number} count
 * @property {number} start
 * @property {number} end
 * @property {number} shortest milliseconds
 * @property {number} longest milliseconds
 */

/** @type {readonly Lane[]} */
export const LANES = ["browser", "worker", "vault", "accounts", "api"];
const MAX_ARROWS = 200;
/** An event joins an equal arrow only if it is one of this many last ones. */
const RECENT_ARROWS = 12;

/**
 * An event arrives when its request has ended, which is after the events of the requests that it caused. The timeline puts
 * it before them.
 *
 * @returns {{ arrows: Arrow[], add(event: WatchEvent): Arrow }} add returns the arrow that was added or extended
 */
export function timeline() {
  /** @type {Arrow[]} */
  const arrows = [];

  return {
    arrows,
    add(event) {
      const index = indexFor(event, arrows);
      const key = keyOf(event);
      const equal = arrows.slice(-RECENT_ARROWS).findLast((arrow, at, recent) => {
        return arrow.key === key && canJoin(arrow, event, arrows.length - recent.length + at, index);
      });
      if (equal) return extend(equal, event);
      const arrow = newArrow(key, event);
      arrows.splice(index, 0, arrow);
      if (arrows.length > MAX_ARROWS) arrows.shift();
      return arrow;
    },
  };
}

/** Whether the response is an error, or grantkit reported one. @param {WatchEvent} event */
export function failed({ status = 0, code }) {
  return code !== undefined || status >= 400;
}

/** Orders by start time. Of requests that started at the same time, the cause precedes its effects. @param {WatchEvent} event @param {Arrow[]} arrows */
function indexFor(event, arrows) {
  const isLater = (/** @type {Arrow} */ { start, first }) => {
    return start > event.at || (start === event.at && LANES.indexOf(first.from) >= LANES.indexOf(event.to));
  };
  return arrows.findLastIndex((arrow) => !isLater(arrow)) + 1;
}

/** Equal requests share an arrow if they overlap or are adjacent. @param {Arrow} arrow @param {WatchEvent} event @param {number} arrowIndex @param {number} eventIndex */
function canJoin(arrow, event, arrowIndex, eventIndex) {
  return event.at < arrow.end || arrowIndex === eventIndex - 1 || arrowIndex === eventIndex;
}

/** @param {WatchEvent} event */
function keyOf({ from, to, method, path, host, grant_type, status, code, note }) {
  return JSON.stringify([from, to, method, path, host, grant_type, status, code, note]);
}

/** @param {string} key @param {WatchEvent} event @returns {Arrow} */
function newArrow(key, event) {
  const { at, durationMs = 0, count = 1 } = event;
  return { key, first: event, count, start: at, end: at + durationMs, shortest: durationMs, longest: durationMs };
}

/** @param {Arrow} arrow @param {WatchEvent} event */
function extend(arrow, { at, durationMs = 0, count = 1 }) {
  arrow.count += count;
  arrow.start = Math.min(arrow.start, at);
  arrow.end = Math.max(arrow.end, at + durationMs);
  arrow.shortest = Math.min(arrow.shortest, durationMs);
  arrow.longest = Math.max(arrow.longest, durationMs);
  return arrow;
}
